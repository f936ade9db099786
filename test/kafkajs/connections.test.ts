import { connect, type Socket } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { startCluster } from '../../src/index.ts'
import { Member } from './support/member.ts'
import { connectProducer, kafkaFor } from './support/transports.ts'

test('a kafkajs consumer whose connections break stays in its generation', async () => {
  const cluster = await startCluster({ logLevel: 'silent' })
  onTestFinished(() => cluster.close())
  const sockets: Socket[] = []
  const kafka = kafkaFor(cluster, {
    socketFactory: ({ host, port, onConnect }) => {
      const socket = connect(port, host, onConnect)
      sockets.push(socket)
      return socket
    },
  })
  const producer = await connectProducer(kafkaFor(cluster))
  const admin = kafkaFor(cluster).admin()
  await admin.connect()
  onTestFinished(() => admin.disconnect())
  const send = (value: string) => producer.send({ topic: 'orders', messages: [{ value }] })
  await send('a')
  const member = await Member.join(kafka, 'orders', { groupId: 'orders' })
  await member.receives(1)
  const memberIds = async () => {
    const { groups } = await admin.describeGroups(['orders'])
    return groups[0]!.members.map(({ memberId }) => memberId)
  }
  const before = await memberIds()
  for (const socket of sockets) socket.destroy(new Error('the network broke'))
  await send('b')
  expect((await member.receives(2)).map(({ value }) => value)).toEqual(['a', 'b'])
  expect(await memberIds()).toEqual(before)
})
