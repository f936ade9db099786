import { describe, expect, test } from 'vitest'
import type { BrokerServices } from '../../../src/broker/broker-services.ts'
import type { Handler } from '../../../src/broker/handlers/handler.ts'
import { Interceptors } from '../../../src/broker/pipeline/interceptors.ts'
import { RequestPipeline, type BrokerSteps } from '../../../src/broker/pipeline/request-pipeline.ts'
import { serve } from '../../../src/broker/pipeline/served-api.ts'
import type { Step } from '../../../src/broker/pipeline/step.ts'
import {
  CLOSE_CONNECTION,
  NO_ANSWER,
  type FrameAnswer,
} from '../../../src/network/frame-handler.ts'
import type { RequestConnection } from '../../../src/network/request-connection.ts'
import { decodeResponseFrame, encodeRequestFrame } from '../../../src/protocol/frame.ts'
import { Heartbeat, Produce } from '../../../src/protocol/messages/index.ts'

/** A pipeline that serves Heartbeat and Produce, with the events on the path of their requests. */
class PipelineHarness {
  readonly events: string[] = []
  readonly interceptors = new Interceptors()
  readonly #pipeline: RequestPipeline
  readonly #connection = {
    recycle: () => this.events.push('recycle'),
  } as unknown as RequestConnection

  constructor(steps: BrokerSteps = {}, produce: Handler<typeof Produce> = () => NO_ANSWER) {
    this.#pipeline = new RequestPipeline({
      services: { logger: {} } as BrokerServices,
      apis: [
        serve(Produce, produce, { reusesFrame: true }),
        serve(Heartbeat, () => {
          this.events.push('handle')
          return { errorCode: 7 }
        }),
      ],
      steps,
      interceptors: this.interceptors,
    })
  }

  heartbeat(): FrameAnswer | Promise<FrameAnswer> {
    const body = { groupId: 'g', generationId: 1, memberId: 'm' }
    const [frame] = encodeRequestFrame(Heartbeat, 4, 5, 'test', body)
    return this.#pipeline.onFrame(frame!.subarray(4), this.#connection)
  }

  produce(): FrameAnswer | Promise<FrameAnswer> {
    const body = { acks: 0, timeoutMs: 0, topicData: [] }
    const [frame] = encodeRequestFrame(Produce, 12, 5, 'test', body)
    return this.#pipeline.onFrame(frame!.subarray(4), this.#connection)
  }
}

/** Returns a step that adds its name to the events. */
function noting(name: string, events: string[]): Step {
  return (request, next) => {
    events.push(name)
    return next(request)
  }
}

function decoded(answer: FrameAnswer): unknown {
  const [frame] = answer as readonly Uint8Array[]
  return decodeResponseFrame(Heartbeat, 4, frame!.subarray(4)).response
}

describe('the pipeline', () => {
  test('answers without a promise when no step needs one', () => {
    const harness = new PipelineHarness()
    expect(decoded(harness.heartbeat() as FrameAnswer)).toEqual({ throttleTimeMs: 0, errorCode: 7 })
  })

  test('intercepts, authenticates, authorizes and throttles before it handles', () => {
    const events: string[] = []
    // The order of the names does not matter.
    const harness = new PipelineHarness({
      throttle: noting('throttle', events),
      authorize: noting('authorize', events),
      authenticate: noting('authenticate', events),
    })
    harness.interceptors.add({ step: noting('intercept', events) })
    void harness.heartbeat()
    const steps = ['intercept', 'authenticate', 'authorize', 'throttle']
    expect(events).toEqual(steps)
    expect(harness.events).toEqual(['handle'])
  })

  test('skips the steps after one that replies itself', () => {
    const harness = new PipelineHarness({ authenticate: () => CLOSE_CONNECTION })
    expect(harness.heartbeat()).toBe(CLOSE_CONNECTION)
    expect(harness.events).toEqual([])
  })

  test('sends the throttle time that a step sets', () => {
    const throttle: Step = (request, next) => {
      request.throttleTimeMs = 250
      return next(request)
    }
    const harness = new PipelineHarness({ throttle })
    expect(decoded(harness.heartbeat() as FrameAnswer)).toMatchObject({ throttleTimeMs: 250 })
  })

  test('gives the frame back last, after asynchronous steps and the handler', async () => {
    const harness = new PipelineHarness({}, async () => {
      await Promise.resolve()
      harness.events.push('handle')
      return { responses: [] }
    })
    harness.interceptors.add({
      step: async (request, next) => {
        await Promise.resolve()
        harness.events.push('request')
        const reply = await next(request)
        harness.events.push('reply')
        return reply
      },
    })
    await harness.produce()
    expect(harness.events).toEqual(['request', 'handle', 'reply', 'recycle'])
  })

  test('keeps the frame of an API whose handler may refer to it', () => {
    const harness = new PipelineHarness()
    void harness.heartbeat()
    expect(harness.events).toEqual(['handle'])
  })
})
