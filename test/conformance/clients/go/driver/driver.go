// Package driver is the side of a client program that talks to the tests: one operation per line of
// JSON on stdin, answers and events as lines of JSON on stdout.
package driver

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"sync"
	"time"
)

// Patience is the maximum time that an operation waits for one thing.
const Patience = 120 * time.Second

// SessionTimeout of group members: long enough for a process that is not scheduled on a busy machine.
// SESSION_TIMEOUT_MS overrides it.
var SessionTimeout = sessionTimeout()

// MaxWait is how long the broker may hold a fetch: some clients wait for it when they close.
const MaxWait = 100 * time.Millisecond

// HeartbeatInterval of group members.
const HeartbeatInterval = 200 * time.Millisecond

// Record is a record as the tests write and read it. A nil value is a tombstone.
type Record struct {
	Partition int32             `json:"partition"`
	Offset    int64             `json:"offset"`
	Timestamp int64             `json:"timestamp"`
	Key       *string           `json:"key"`
	Value     *string           `json:"value"`
	Headers   map[string]string `json:"headers"`
}

// Bytes returns nil for a null.
func Bytes(text *string) []byte {
	if text == nil {
		return nil
	}
	return []byte(*text)
}

// Text returns nil for a null.
func Text(bytes []byte) *string {
	if bytes == nil {
		return nil
	}
	text := string(bytes)
	return &text
}

// Request carries the arguments of every operation; each uses some of them.
type Request struct {
	ID         int               `json:"id"`
	Op         string            `json:"op"`
	Member     string            `json:"member"`
	Group      string            `json:"group"`
	Topic      string            `json:"topic"`
	Records    []Record          `json:"records"`
	Codec      string            `json:"codec"`
	Idempotent bool              `json:"idempotent"`
	Count      int               `json:"count"`
	Partitions int               `json:"partitions"`
	Config     map[string]string `json:"config"`
	Name       string            `json:"name"`
	Value      string            `json:"value"`
	At         string            `json:"at"`
	Before     int64             `json:"before"`

	Isolation            string `json:"isolation"`
	Producer             string `json:"producer"`
	TransactionalID      string `json:"transactionalId"`
	TransactionTimeoutMs int    `json:"transactionTimeoutMs"`
	Commits              bool   `json:"commits"`
	From                 string `json:"from"`
	To                   string `json:"to"`
}

// TransactionTimeout returns the timeout of the request's producer, or the default of most clients.
func (r Request) TransactionTimeout() time.Duration {
	if r.TransactionTimeoutMs == 0 {
		return time.Minute
	}
	return time.Duration(r.TransactionTimeoutMs) * time.Millisecond
}

// Operation answers one request.
type Operation func(ctx context.Context, request Request) (any, error)

// Client has the operations of a program.
type Client struct {
	// Operations by the names in support/client.ts.
	Operations map[string]Operation
	// Join runs a group member until ctx ends, and has left the group when it returns.
	Join func(ctx context.Context, member *Member, group, topic string) error
	// ErrorCode returns the broker's error code that err carries, if it carries one.
	ErrorCode func(err error) (int, bool)
}

// Member reports the events of one group member.
type Member struct {
	Name   string
	cancel context.CancelFunc
	done   chan struct{}
}

// Assigned reports all partitions that the member holds now.
func (m *Member) Assigned(partitions []int32) {
	sorted := append([]int32{}, partitions...)
	slices.Sort(sorted)
	emit(map[string]any{"event": "partitions", "member": m.Name, "partitions": sorted})
}

// Received reports a record that the member read.
func (m *Member) Received(record Record) {
	emit(map[string]any{"event": "record", "member": m.Name, "record": record})
}

func (m *Member) run(ctx context.Context, client Client, request Request) {
	defer close(m.done)
	if err := client.Join(ctx, m, request.Group, request.Topic); err != nil && ctx.Err() == nil {
		emit(map[string]any{"event": "failure", "member": m.Name, "message": err.Error()})
	}
}

func (m *Member) leave() {
	m.cancel()
	<-m.done
}

// Serve answers operations until stdin ends.
func Serve(client Client) {
	members := map[string]*Member{}
	lines := bufio.NewReader(os.Stdin)
	for {
		line, err := lines.ReadBytes('\n')
		if err == io.EOF {
			break
		}
		var request Request
		if err == nil {
			err = json.Unmarshal(line, &request)
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		answer(client, members, request)
	}
	for _, member := range members {
		member.leave()
	}
}

func answer(client Client, members map[string]*Member, request Request) {
	var result any
	var err error
	switch request.Op {
	case "join":
		ctx, cancel := context.WithCancel(context.Background())
		member := &Member{Name: request.Member, cancel: cancel, done: make(chan struct{})}
		members[request.Member] = member
		go member.run(ctx, client, request)
	case "leave":
		members[request.Member].leave()
		delete(members, request.Member)
	default:
		result, err = call(client, request)
	}
	if err == nil {
		emit(map[string]any{"id": request.ID, "result": result})
		return
	}
	failure := map[string]any{"code": nil, "message": err.Error()}
	if code, ok := client.ErrorCode(err); ok {
		failure["code"] = code
	}
	emit(map[string]any{"id": request.ID, "error": failure})
}

func call(client Client, request Request) (any, error) {
	operation, ok := client.Operations[request.Op]
	if !ok {
		return nil, fmt.Errorf("there is no operation %s", request.Op)
	}
	ctx, cancel := context.WithTimeout(context.Background(), Patience)
	defer cancel()
	return operation(ctx, request)
}

var output sync.Mutex

func emit(message any) {
	output.Lock()
	defer output.Unlock()
	// The encoder ends each value with a newline.
	if err := json.NewEncoder(os.Stdout).Encode(message); err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
}

func sessionTimeout() time.Duration {
	if ms, err := strconv.Atoi(os.Getenv("SESSION_TIMEOUT_MS")); err == nil {
		return time.Duration(ms) * time.Millisecond
	}
	return 30 * time.Second
}
