import { Duplex } from 'node:stream'
import { expect, test } from 'vitest'
import { AnswerBuffer } from '../../src/network/answer-buffer.ts'
import { UnreadSender } from '../../src/network/unread-sender.ts'

test('a socket is uncorked if the bytes to send cannot be read', async () => {
  const written: string[] = []
  const socket = new Duplex({
    read: () => {},
    write: (chunk: Uint8Array, _encoding, done) => {
      written.push(String(chunk))
      done()
    },
  })
  const gone = new Error('gone')
  const unreadable = {
    length: 10,
    read: () => {
      throw gone
    },
  }
  const failure = await new Promise((resolve) => {
    const sender = new UnreadSender(socket, new AnswerBuffer(), () => resolve('sent'), resolve)
    sender.begin([Buffer.from('first'), Buffer.from('second'), unreadable], 0)
  })
  expect(failure).toBe(gone)
  expect(socket.writableCorked).toBe(0)
  expect(written).toEqual(['first', 'second'])
})
