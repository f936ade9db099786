package main

import (
	"context"
	"strconv"
	"strings"

	"github.com/IBM/sarama"

	"odradek/conformance/driver"
)

func adminOperations(client sarama.Client) (map[string]driver.Operation, error) {
	admin, err := sarama.NewClusterAdminFromClient(client)
	if err != nil {
		return nil, err
	}
	operations := topicOperations(admin)
	for name, operation := range groupOperations(admin) {
		operations[name] = operation
	}
	operations["listOffset"] = func(_ context.Context, r driver.Request) (any, error) {
		time := sarama.OffsetOldest
		if r.At == "latest" {
			time = sarama.OffsetNewest
		}
		return client.GetOffset(r.Topic, 0, time)
	}
	operations["describeCluster"] = func(context.Context, driver.Request) (any, error) {
		brokers, controller, err := admin.DescribeCluster()
		ids := []int32{}
		for _, broker := range brokers {
			ids = append(ids, broker.ID())
		}
		return map[string]any{"brokers": ids, "controller": controller}, err
	}
	return operations, nil
}

func topicOperations(admin sarama.ClusterAdmin) map[string]driver.Operation {
	return map[string]driver.Operation{
		"createTopic": func(_ context.Context, r driver.Request) (any, error) {
			detail := sarama.TopicDetail{
				NumPartitions:     int32(r.Partitions),
				ReplicationFactor: 1,
				ConfigEntries:     map[string]*string{},
			}
			for name, value := range r.Config {
				detail.ConfigEntries[name] = &value
			}
			return nil, admin.CreateTopic(r.Topic, &detail, false)
		},
		"deleteTopic": func(_ context.Context, r driver.Request) (any, error) {
			return nil, admin.DeleteTopic(r.Topic)
		},
		"listTopics": func(context.Context, driver.Request) (any, error) {
			topics, err := admin.ListTopics()
			names := []string{}
			for name := range topics {
				names = append(names, name)
			}
			return names, err
		},
		"countPartitions": func(_ context.Context, r driver.Request) (any, error) {
			topics, err := admin.DescribeTopics([]string{r.Topic})
			if err != nil {
				return nil, err
			}
			return len(topics[0].Partitions), nil
		},
		"createPartitions": func(_ context.Context, r driver.Request) (any, error) {
			return nil, admin.CreatePartitions(r.Topic, int32(r.Count), nil, false)
		},
		"describeConfig": func(_ context.Context, r driver.Request) (any, error) {
			entries, err := admin.DescribeConfig(sarama.ConfigResource{Type: sarama.TopicResource, Name: r.Topic})
			config := map[string]string{}
			for _, entry := range entries {
				config[entry.Name] = entry.Value
			}
			return config, err
		},
		"alterConfig": func(_ context.Context, r driver.Request) (any, error) {
			return nil, admin.IncrementalAlterConfig(sarama.TopicResource, r.Topic,
				map[string]sarama.IncrementalAlterConfigsEntry{
					r.Name: {Operation: sarama.IncrementalAlterConfigsOperationSet, Value: &r.Value},
				}, false)
		},
		"deleteRecords": func(_ context.Context, r driver.Request) (any, error) {
			return nil, admin.DeleteRecords(r.Topic, map[int32]int64{0: r.Before})
		},
	}
}

func groupOperations(admin sarama.ClusterAdmin) map[string]driver.Operation {
	return map[string]driver.Operation{
		"listGroups": func(context.Context, driver.Request) (any, error) {
			groups, err := admin.ListConsumerGroups()
			names := []string{}
			for name := range groups {
				names = append(names, name)
			}
			return names, err
		},
		"describeGroup": func(_ context.Context, r driver.Request) (any, error) {
			groups, err := admin.DescribeConsumerGroups([]string{r.Group})
			if err != nil {
				return nil, err
			}
			return map[string]any{
				"state":   strings.ToLower(groups[0].State),
				"members": len(groups[0].Members),
			}, nil
		},
		"committedOffsets": func(_ context.Context, r driver.Request) (any, error) {
			answer, err := admin.ListConsumerGroupOffsets(r.Group, nil)
			if err != nil {
				return nil, err
			}
			blocks := answer.Blocks[r.Topic]
			if group := answer.GetGroup(r.Group); group != nil {
				blocks = group.Blocks[r.Topic]
			}
			offsets := map[string]int64{}
			for partition, block := range blocks {
				offsets[strconv.Itoa(int(partition))] = block.Offset
			}
			return offsets, nil
		},
		"deleteGroup": func(_ context.Context, r driver.Request) (any, error) {
			return nil, admin.DeleteConsumerGroup(r.Group)
		},
	}
}
