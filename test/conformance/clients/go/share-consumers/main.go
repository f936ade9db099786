// Share consumers of franz-go, by name. Each line of the input is a command, and is answered with one
// line.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"odradek/conformance/driver"
)

type command struct {
	Do        string            `json:"do"`
	Name      string            `json:"name"`
	Topics    []string          `json:"topics"`
	Configs   map[string]string `json:"configs"`
	TimeoutMs int               `json:"timeoutMs"`
	// Types of acknowledgements by the values of records. The others are accepted.
	Types map[string]string `json:"types"`
}

type polledRecord struct {
	Value         string `json:"value"`
	DeliveryCount int32  `json:"deliveryCount"`
}

type answer struct {
	Error   string         `json:"error,omitempty"`
	Records []polledRecord `json:"records,omitempty"`
	Failed  []string       `json:"failed,omitempty"`
}

var statuses = map[string]kgo.AckStatus{
	"accept":  kgo.AckAccept,
	"release": kgo.AckRelease,
	"reject":  kgo.AckReject,
	"renew":   kgo.AckRenew,
}

func (c command) statusOf(record *kgo.Record) kgo.AckStatus {
	status, ok := statuses[c.Types[string(record.Value)]]
	if !ok {
		return kgo.AckAccept
	}
	return status
}

// consumer is a share consumer with the records of its last poll.
type consumer struct {
	client *kgo.Client
	polled []*kgo.Record

	mutex  sync.Mutex
	failed map[string]bool
}

func partitionOf(topic string, partition int32) string {
	return fmt.Sprintf("%s-%d", topic, partition)
}

func start(wanted command) (*consumer, error) {
	c := &consumer{failed: map[string]bool{}}
	client, err := kgo.NewClient(
		kgo.SeedBrokers(strings.Split(wanted.Configs["bootstrap.servers"], ",")...),
		kgo.ShareGroup(wanted.Configs["group.id"]),
		kgo.ConsumeTopics(wanted.Topics...),
		kgo.MetadataMaxAge(time.Second),
		kgo.MetadataMinAge(50*time.Millisecond),
		kgo.FetchMaxWait(driver.MaxWait),
		kgo.ShareAckCallback(c.acknowledged),
	)
	c.client = client
	return c, err
}

func (c *consumer) acknowledged(_ *kgo.Client, results kgo.ShareAckResults) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	for _, result := range results {
		if result.Err != nil {
			c.failed[partitionOf(result.Topic, result.Partition)] = true
		}
	}
}

func (c *consumer) poll(timeout time.Duration) answer {
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	fetches := c.client.PollFetches(ctx)
	c.polled = fetches.Records()
	var records []polledRecord
	for _, record := range c.polled {
		records = append(records, polledRecord{string(record.Value), record.DeliveryCount()})
	}
	return answer{Records: records}
}

// flush sends the acknowledgements. Returns the values of the records for which this failed.
func (c *consumer) flush() (answer, error) {
	ctx, cancel := context.WithTimeout(context.Background(), driver.Patience)
	defer cancel()
	err := c.client.FlushAcks(ctx)
	c.mutex.Lock()
	defer c.mutex.Unlock()
	var failed []string
	for _, record := range c.polled {
		if c.failed[partitionOf(record.Topic, record.Partition)] {
			failed = append(failed, string(record.Value))
		}
	}
	clear(c.failed)
	return answer{Failed: failed}, err
}

func run(consumers map[string]*consumer, wanted command) (answer, error) {
	if wanted.Do == "start" {
		started, err := start(wanted)
		consumers[wanted.Name] = started
		return answer{}, err
	}
	c, ok := consumers[wanted.Name]
	if !ok {
		return answer{}, errors.New("there is no such consumer")
	}
	switch wanted.Do {
	case "poll":
		return c.poll(time.Duration(wanted.TimeoutMs) * time.Millisecond), nil
	case "acknowledge":
		for _, record := range c.polled {
			record.Ack(wanted.statusOf(record))
		}
		return c.flush()
	case "commit":
		c.client.MarkAcks(kgo.AckAccept)
		return c.flush()
	case "close":
		delete(consumers, wanted.Name)
		c.client.Close()
		return answer{}, nil
	}
	return answer{}, errors.New("there is no such command")
}

func main() {
	consumers := map[string]*consumer{}
	lines := bufio.NewScanner(os.Stdin)
	output := json.NewEncoder(os.Stdout)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var wanted command
		err := json.Unmarshal(lines.Bytes(), &wanted)
		var result answer
		if err == nil {
			result, err = run(consumers, wanted)
		}
		if err != nil {
			result.Error = err.Error()
		}
		// The encoder ends each value with a newline.
		if err := output.Encode(result); err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
	}
}
