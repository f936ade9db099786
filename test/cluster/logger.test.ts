import { expect, test } from 'vitest'
import { logOf } from './support/program.ts'

test('refused requests are logged once, with the client and the reason', async () => {
  const lines = await logOf('refuses-requests')
  expect(lines.map(({ msg }) => msg)).toEqual([
    "CreateTopics v1 from client 'old': Kafka 4.4 serves versions 2 to 7. Closing the connection",
    'CreateTopics v1 from sarama 1.2.3: Kafka 4.4 serves versions 2 to 7. Closing the connection',
    "SaslHandshake v1 from client 'secure': Odradek does not emulate SASL yet. Closing the connection",
    'UpdateMetadata v1 from a client on 127.0.0.1: Kafka 4.0 removed this API. Closing the connection',
    "API key 1234 from client 'strange': Kafka 4.4 brokers do not serve this API. Closing the connection",
    expect.stringMatching(
      /^Metadata v4 from a client on 127\.0\.0\.1 cannot be read: .+\. Closing the connection$/,
    ) as string,
    'Closing a connection from 127.0.0.1: the client sent an HTTP request to the port of a Kafka broker',
    'Closing a connection from 127.0.0.1: the client sent -256 as the size of a request, which is not a Kafka request',
    'Closing a connection from 127.0.0.1: the client sent a request of 2147483392 bytes, but socket.request.max.bytes is 104857600: increase it, or send smaller requests',
    "Closing a connection from 127.0.0.1: the client sent text that starts with 'hel0', which is not a Kafka request",
  ])
})
