package main

import (
	"context"
	"strconv"
	"strings"

	"github.com/segmentio/kafka-go"

	"odradek/conformance/driver"
)

func topicOperations() map[string]driver.Operation {
	operations := configOperations()
	operations["createTopic"] = func(ctx context.Context, r driver.Request) (any, error) {
		topic := kafka.TopicConfig{Topic: r.Topic, NumPartitions: r.Partitions, ReplicationFactor: 1}
		for name, value := range r.Config {
			entry := kafka.ConfigEntry{ConfigName: name, ConfigValue: value}
			topic.ConfigEntries = append(topic.ConfigEntries, entry)
		}
		answer, err := client.CreateTopics(ctx, &kafka.CreateTopicsRequest{Topics: []kafka.TopicConfig{topic}})
		if err == nil {
			err = answer.Errors[r.Topic]
		}
		return nil, err
	}
	operations["deleteTopic"] = func(ctx context.Context, r driver.Request) (any, error) {
		answer, err := client.DeleteTopics(ctx, &kafka.DeleteTopicsRequest{Topics: []string{r.Topic}})
		if err == nil {
			err = answer.Errors[r.Topic]
		}
		return nil, err
	}
	operations["createPartitions"] = func(ctx context.Context, r driver.Request) (any, error) {
		topic := kafka.TopicPartitionsConfig{Name: r.Topic, Count: int32(r.Count)}
		answer, err := client.CreatePartitions(ctx, &kafka.CreatePartitionsRequest{
			Topics: []kafka.TopicPartitionsConfig{topic},
		})
		if err == nil {
			err = answer.Errors[r.Topic]
		}
		return nil, err
	}
	operations["listTopics"] = func(ctx context.Context, _ driver.Request) (any, error) {
		metadata, err := client.Metadata(ctx, &kafka.MetadataRequest{})
		if err != nil {
			return nil, err
		}
		names := []string{}
		for _, topic := range metadata.Topics {
			names = append(names, topic.Name)
		}
		return names, nil
	}
	operations["countPartitions"] = func(ctx context.Context, r driver.Request) (any, error) {
		metadata, err := client.Metadata(ctx, &kafka.MetadataRequest{Topics: []string{r.Topic}})
		if err != nil {
			return nil, err
		}
		return len(metadata.Topics[0].Partitions), metadata.Topics[0].Error
	}
	operations["describeCluster"] = func(ctx context.Context, _ driver.Request) (any, error) {
		metadata, err := client.Metadata(ctx, &kafka.MetadataRequest{})
		if err != nil {
			return nil, err
		}
		ids := []int{}
		for _, broker := range metadata.Brokers {
			ids = append(ids, broker.ID)
		}
		return map[string]any{"brokers": ids, "controller": metadata.Controller.ID}, nil
	}
	return operations
}

func configOperations() map[string]driver.Operation {
	return map[string]driver.Operation{
		"describeConfig": func(ctx context.Context, r driver.Request) (any, error) {
			answer, err := client.DescribeConfigs(ctx, &kafka.DescribeConfigsRequest{
				Resources: []kafka.DescribeConfigRequestResource{
					{ResourceType: kafka.ResourceTypeTopic, ResourceName: r.Topic},
				},
			})
			if err != nil {
				return nil, err
			}
			config := map[string]string{}
			for _, entry := range answer.Resources[0].ConfigEntries {
				config[entry.ConfigName] = entry.ConfigValue
			}
			return config, answer.Resources[0].Error
		},
		"alterConfig": func(ctx context.Context, r driver.Request) (any, error) {
			answer, err := client.IncrementalAlterConfigs(ctx, &kafka.IncrementalAlterConfigsRequest{
				Resources: []kafka.IncrementalAlterConfigsRequestResource{{
					ResourceType: kafka.ResourceTypeTopic,
					ResourceName: r.Topic,
					Configs: []kafka.IncrementalAlterConfigsRequestConfig{
						{Name: r.Name, Value: r.Value, ConfigOperation: kafka.ConfigOperationSet},
					},
				}},
			})
			if err == nil {
				err = answer.Resources[0].Error
			}
			return nil, err
		},
		"listOffset": func(ctx context.Context, r driver.Request) (any, error) {
			if err := waitForTopic(ctx, r.Topic); err != nil {
				return nil, err
			}
			request := kafka.FirstOffsetOf(0)
			if r.At == "latest" {
				request = kafka.LastOffsetOf(0)
			}
			answer, err := client.ListOffsets(ctx, &kafka.ListOffsetsRequest{
				Topics: map[string][]kafka.OffsetRequest{r.Topic: {request}},
			})
			if err != nil {
				return nil, err
			}
			listed := answer.Topics[r.Topic][0]
			if r.At == "latest" {
				return listed.LastOffset, listed.Error
			}
			return listed.FirstOffset, listed.Error
		},
	}
}

func describeGroup(ctx context.Context, group string) (kafka.DescribeGroupsResponseGroup, error) {
	answer, err := client.DescribeGroups(ctx, &kafka.DescribeGroupsRequest{GroupIDs: []string{group}})
	if err != nil {
		return kafka.DescribeGroupsResponseGroup{}, err
	}
	return answer.Groups[0], answer.Groups[0].Error
}

func groupOperations() map[string]driver.Operation {
	return map[string]driver.Operation{
		"listGroups": func(ctx context.Context, _ driver.Request) (any, error) {
			answer, err := client.ListGroups(ctx, &kafka.ListGroupsRequest{})
			if err != nil {
				return nil, err
			}
			names := []string{}
			for _, group := range answer.Groups {
				names = append(names, group.GroupID)
			}
			return names, answer.Error
		},
		"describeGroup": func(ctx context.Context, r driver.Request) (any, error) {
			group, err := describeGroup(ctx, r.Group)
			return map[string]any{
				"state":   strings.ToLower(group.GroupState),
				"members": len(group.Members),
			}, err
		},
		"committedOffsets": func(ctx context.Context, r driver.Request) (any, error) {
			answer, err := client.OffsetFetch(ctx, &kafka.OffsetFetchRequest{GroupID: r.Group})
			if err != nil {
				return nil, err
			}
			offsets := map[string]int64{}
			for _, partition := range answer.Topics[r.Topic] {
				offsets[strconv.Itoa(partition.Partition)] = partition.CommittedOffset
			}
			return offsets, answer.Error
		},
		"deleteGroup": func(ctx context.Context, r driver.Request) (any, error) {
			answer, err := client.DeleteGroups(ctx, &kafka.DeleteGroupsRequest{GroupIDs: []string{r.Group}})
			if err == nil {
				err = answer.Errors[r.Group]
			}
			return nil, err
		},
	}
}
