package main

import (
	"context"
	"errors"
	"io"
	"strconv"
	"strings"

	"github.com/twmb/franz-go/pkg/kadm"

	"odradek/conformance/driver"
)

func adminOperations(admin *kadm.Client) map[string]driver.Operation {
	operations := topicOperations(admin)
	for name, operation := range groupOperations(admin) {
		operations[name] = findingCoordinator(operation)
	}
	operations["describeCluster"] = func(ctx context.Context, _ driver.Request) (any, error) {
		metadata, err := admin.BrokerMetadata(ctx)
		return map[string]any{"brokers": metadata.Brokers.NodeIDs(), "controller": metadata.Controller}, err
	}
	return operations
}

// findingCoordinator repeats an operation that failed on a connection which a restart of the broker
// closed. franz-go repeats all requests then, except FindCoordinator. There is a connection to the
// bootstrap server and one to the broker.
func findingCoordinator(operation driver.Operation) driver.Operation {
	return func(ctx context.Context, r driver.Request) (any, error) {
		for closed := 0; ; closed++ {
			answer, err := operation(ctx, r)
			if closed == 2 || !errors.Is(err, io.EOF) {
				return answer, err
			}
		}
	}
}

func topicOperations(admin *kadm.Client) map[string]driver.Operation {
	return map[string]driver.Operation{
		"createTopic": func(ctx context.Context, r driver.Request) (any, error) {
			config := map[string]*string{}
			for name, value := range r.Config {
				config[name] = &value
			}
			_, err := admin.CreateTopic(ctx, int32(r.Partitions), 1, config, r.Topic)
			return nil, err
		},
		"deleteTopic": func(ctx context.Context, r driver.Request) (any, error) {
			_, err := admin.DeleteTopic(ctx, r.Topic)
			return nil, err
		},
		"listTopics": func(ctx context.Context, r driver.Request) (any, error) {
			topics, err := admin.ListTopics(ctx)
			return topics.Names(), err
		},
		"countPartitions": func(ctx context.Context, r driver.Request) (any, error) {
			topics, err := admin.ListTopics(ctx, r.Topic)
			return len(topics[r.Topic].Partitions), err
		},
		"createPartitions": func(ctx context.Context, r driver.Request) (any, error) {
			answer, err := admin.UpdatePartitions(ctx, r.Count, r.Topic)
			if err == nil {
				err = answer.Error()
			}
			return nil, err
		},
		"describeConfig": func(ctx context.Context, r driver.Request) (any, error) {
			answer, err := admin.DescribeTopicConfigs(ctx, r.Topic)
			if err != nil {
				return nil, err
			}
			described, err := answer.On(r.Topic, nil)
			config := map[string]*string{}
			for _, entry := range described.Configs {
				config[entry.Key] = entry.Value
			}
			return config, err
		},
		"alterConfig": func(ctx context.Context, r driver.Request) (any, error) {
			change := kadm.AlterConfig{Op: kadm.SetConfig, Name: r.Name, Value: &r.Value}
			answer, err := admin.AlterTopicConfigs(ctx, []kadm.AlterConfig{change}, r.Topic)
			if err == nil {
				_, err = answer.On(r.Topic, nil)
			}
			return nil, err
		},
		"listOffset": func(ctx context.Context, r driver.Request) (any, error) {
			list := admin.ListStartOffsets
			if r.At == "latest" {
				list = admin.ListEndOffsets
			}
			answer, err := list(ctx, r.Topic)
			listed, _ := answer.Lookup(r.Topic, 0)
			return listed.Offset, err
		},
		"deleteRecords": func(ctx context.Context, r driver.Request) (any, error) {
			offsets := kadm.Offsets{}
			offsets.AddOffset(r.Topic, 0, r.Before, -1)
			answer, err := admin.DeleteRecords(ctx, offsets)
			if err == nil {
				err = answer.Error()
			}
			return nil, err
		},
	}
}

func groupOperations(admin *kadm.Client) map[string]driver.Operation {
	return map[string]driver.Operation{
		"listGroups": func(ctx context.Context, r driver.Request) (any, error) {
			groups, err := admin.ListGroups(ctx)
			return groups.Groups(), err
		},
		"describeGroup": func(ctx context.Context, r driver.Request) (any, error) {
			answer, err := admin.DescribeGroups(ctx, r.Group)
			group := answer[r.Group]
			return map[string]any{
				"state":   strings.ToLower(group.State),
				"members": len(group.Members),
			}, err
		},
		"committedOffsets": func(ctx context.Context, r driver.Request) (any, error) {
			answer, err := admin.FetchOffsets(ctx, r.Group)
			offsets := map[string]int64{}
			for partition, committed := range answer[r.Topic] {
				offsets[strconv.Itoa(int(partition))] = committed.At
			}
			return offsets, err
		},
		"deleteGroup": func(ctx context.Context, r driver.Request) (any, error) {
			_, err := admin.DeleteGroup(ctx, r.Group)
			return nil, err
		},
	}
}
