import { int, javaClass, list, long, password, perBroker, string } from '../config-def.ts'
import { atLeast, distinct, oneOf } from '../validators.ts'

/** Authorization and principals. */
export const securityConfigs = {
  'authorizer.class.name': string(
    'low',
    '',
    'Class that authorizes requests; empty allows everything.',
  ),
  'connection.failed.authentication.delay.ms': int(
    'low',
    100,
    'Delay before a connection that failed to authenticate is closed.',
    atLeast(0),
  ),
  'connections.max.reauth.ms': long(
    'medium',
    0,
    'Life of a SASL session before re-authentication is due; 0 for no limit.',
  ),
  'delegation.token.expiry.check.interval.ms': long(
    'low',
    3_600_000,
    'How often expired delegation tokens are removed.',
    atLeast(1),
  ),
  'delegation.token.expiry.time.ms': long(
    'medium',
    86_400_000,
    'Validity of a delegation token between renewals.',
    atLeast(1),
  ),
  'delegation.token.max.lifetime.ms': long(
    'medium',
    604_800_000,
    'Maximum lifetime of a delegation token, including renewals.',
    atLeast(1),
  ),
  'delegation.token.secret.key': password(
    'medium',
    null,
    'Key that signs delegation tokens, equal on all brokers.',
  ),
  'early.start.listeners': list(
    'high',
    null,
    'Listeners that open before the authorizer is ready.',
    distinct,
  ),
  'principal.builder.class': perBroker(
    javaClass(
      'medium',
      'org.apache.kafka.common.security.authenticator.DefaultKafkaPrincipalBuilder',
      'Class that names the principal of a connection.',
    ),
  ),
  'security.inter.broker.protocol': string(
    'medium',
    'PLAINTEXT',
    'Security protocol used between brokers.',
    oneOf('PLAINTEXT', 'SSL', 'SASL_PLAINTEXT', 'SASL_SSL'),
  ),
  'security.providers': string('low', null, 'Classes that add security algorithms.'),
}
