package main

import (
	"context"
	"net"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"odradek/conformance/driver"
)

// latency of the client's requests, during which a heartbeat is in flight.
const latency = 50 * time.Millisecond

const heartbeatKey = 12

// heartbeats receives a value when a heartbeat was sent, if a receiver waits.
type heartbeats chan struct{}

// OnBrokerWrite is called by franz-go after it has sent a request.
func (h heartbeats) OnBrokerWrite(_ kgo.BrokerMetadata, key int16, _ int, _, _ time.Duration, _ error) {
	if key != heartbeatKey {
		return
	}
	select {
	case h <- struct{}{}:
	default:
	}
}

type packet struct {
	bytes     []byte
	arrivesAt time.Time
}

// slowConnection delivers writes, and its close, after the latency.
type slowConnection struct {
	net.Conn
	packets chan packet
	closed  chan struct{}
	once    sync.Once
}

func dialSlowly(ctx context.Context, network, host string) (net.Conn, error) {
	dialer := net.Dialer{Timeout: driver.Patience}
	connection, err := dialer.DialContext(ctx, network, host)
	if err != nil {
		return nil, err
	}
	slow := &slowConnection{
		Conn:    connection,
		packets: make(chan packet, 100),
		closed:  make(chan struct{}),
	}
	go slow.deliver()
	return slow, nil
}

func (c *slowConnection) Write(bytes []byte) (int, error) {
	sent := packet{append([]byte{}, bytes...), time.Now().Add(latency)}
	select {
	case c.packets <- sent:
		return len(bytes), nil
	case <-c.closed:
		return 0, net.ErrClosed
	}
}

func (c *slowConnection) Close() error {
	c.once.Do(func() { close(c.closed) })
	return nil
}

func (c *slowConnection) deliver() {
	defer c.Conn.Close()
	for {
		select {
		case sent := <-c.packets:
			time.Sleep(time.Until(sent.arrivesAt))
			if _, err := c.Conn.Write(sent.bytes); err != nil {
				return
			}
		case <-c.closed:
			time.Sleep(latency)
			return
		}
	}
}
