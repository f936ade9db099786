import {
  boolean,
  double,
  int,
  javaClass,
  list,
  long,
  password,
  perBroker,
  short,
  string,
} from '../config-def.ts'
import { between, distinct, oneOfIgnoringCase } from '../validators.ts'

/** SASL, Kerberos and OAuth. */
export const saslConfigs = {
  'sasl.client.callback.handler.class': javaClass(
    'medium',
    null,
    'Class that answers callbacks of SASL clients.',
  ),
  'sasl.enabled.mechanisms': perBroker(
    list('medium', 'GSSAPI', 'SASL mechanisms that clients may use.', distinct),
  ),
  'sasl.jaas.config': perBroker(password('medium', null, 'JAAS login context for SASL.')),
  'sasl.kerberos.kinit.cmd': perBroker(
    string('medium', '/usr/bin/kinit', 'Path of the kinit command.'),
  ),
  'sasl.kerberos.min.time.before.relogin': perBroker(
    long('medium', 60_000, 'Minimum time between two logins with Kerberos.'),
  ),
  'sasl.kerberos.principal.to.local.rules': perBroker(
    list('medium', 'DEFAULT', 'Rules that turn Kerberos principals into short names.', distinct),
  ),
  'sasl.kerberos.service.name': perBroker(
    string('medium', null, 'Kerberos name under which the brokers run.'),
  ),
  'sasl.kerberos.ticket.renew.jitter': perBroker(
    double('medium', '0.05', 'Random part added to the renewal time of a ticket.'),
  ),
  'sasl.kerberos.ticket.renew.window.factor': perBroker(
    double('medium', '0.8', "Fraction of a ticket's life after which it is renewed."),
  ),
  'sasl.login.callback.handler.class': javaClass(
    'medium',
    null,
    'Class that answers callbacks of SASL logins.',
  ),
  'sasl.login.class': javaClass('medium', null, 'Class that logs in for SASL.'),
  'sasl.login.connect.timeout.ms': int(
    'low',
    null,
    'How long connecting to the token endpoint may take.',
  ),
  'sasl.login.read.timeout.ms': int(
    'low',
    null,
    'How long reading from the token endpoint may take.',
  ),
  'sasl.login.refresh.buffer.seconds': perBroker(
    short('medium', 300, 'Seconds before expiry at which credentials are refreshed at the latest.'),
  ),
  'sasl.login.refresh.min.period.seconds': perBroker(
    short('medium', 60, 'Seconds that credentials are kept before a refresh.'),
  ),
  'sasl.login.refresh.window.factor': perBroker(
    double('medium', '0.8', "Fraction of a credential's life after which it is refreshed."),
  ),
  'sasl.login.refresh.window.jitter': perBroker(
    double('medium', '0.05', 'Random part added to the refresh time of a credential.'),
  ),
  'sasl.login.retry.backoff.max.ms': long(
    'low',
    10_000,
    'Maximum delay between attempts to log in.',
  ),
  'sasl.login.retry.backoff.ms': long('low', 100, 'Initial delay between attempts to log in.'),
  'sasl.mechanism.controller.protocol': string(
    'high',
    'GSSAPI',
    'SASL mechanism used with controllers.',
  ),
  'sasl.mechanism.inter.broker.protocol': perBroker(
    string('medium', 'GSSAPI', 'SASL mechanism used between brokers.'),
  ),
  'sasl.oauthbearer.allow.unverified.audience': boolean(
    'medium',
    false,
    'Accept tokens without checking their audience.',
  ),
  'sasl.oauthbearer.allow.unverified.issuer': boolean(
    'medium',
    false,
    'Accept tokens without checking their issuer.',
  ),
  'sasl.oauthbearer.assertion.algorithm': string(
    'medium',
    'RS256',
    'Algorithm that signs the client assertion.',
    oneOfIgnoringCase('ES256', 'RS256'),
  ),
  'sasl.oauthbearer.assertion.claim.aud': string(
    'medium',
    null,
    'Audience claim of the client assertion.',
  ),
  'sasl.oauthbearer.assertion.claim.exp.seconds': int(
    'low',
    300,
    'Seconds that a client assertion is valid.',
    between(0, 86_400),
  ),
  'sasl.oauthbearer.assertion.claim.iss': string(
    'medium',
    null,
    'Issuer claim of the client assertion.',
  ),
  'sasl.oauthbearer.assertion.claim.jti.include': boolean(
    'medium',
    false,
    'Give each client assertion its own id.',
  ),
  'sasl.oauthbearer.assertion.claim.nbf.seconds': int(
    'low',
    60,
    'Seconds before its creation from which a client assertion is valid.',
    between(0, 3600),
  ),
  'sasl.oauthbearer.assertion.claim.sub': string(
    'medium',
    null,
    'Subject claim of the client assertion.',
  ),
  'sasl.oauthbearer.assertion.file': string('medium', null, 'File with a ready client assertion.'),
  'sasl.oauthbearer.assertion.private.key.file': string(
    'medium',
    null,
    'File with the key that signs the client assertion.',
  ),
  'sasl.oauthbearer.assertion.private.key.passphrase': password(
    'medium',
    null,
    'Passphrase of the key that signs the client assertion.',
  ),
  'sasl.oauthbearer.assertion.template.file': string(
    'medium',
    null,
    'File with header and claims of the client assertion.',
  ),
  'sasl.oauthbearer.client.credentials.client.id': string(
    'medium',
    null,
    'Client id for the client credentials grant.',
  ),
  'sasl.oauthbearer.client.credentials.client.secret': password(
    'medium',
    null,
    'Client secret for the client credentials grant.',
  ),
  'sasl.oauthbearer.clock.skew.seconds': int(
    'low',
    30,
    "Seconds by which the issuer's clock may differ.",
  ),
  'sasl.oauthbearer.expected.audience': list(
    'high',
    '',
    'Audiences of which a token must name one.',
    distinct,
  ),
  'sasl.oauthbearer.expected.issuer': string('high', null, 'Issuer that a token must name.'),
  'sasl.oauthbearer.jwks.endpoint.refresh.ms': long(
    'low',
    3_600_000,
    "How often the issuer's keys are fetched again.",
  ),
  'sasl.oauthbearer.jwks.endpoint.retry.backoff.max.ms': long(
    'low',
    10_000,
    "Maximum delay between attempts to fetch the issuer's keys.",
  ),
  'sasl.oauthbearer.jwks.endpoint.retry.backoff.ms': long(
    'low',
    100,
    "Initial delay between attempts to fetch the issuer's keys.",
  ),
  'sasl.oauthbearer.jwks.endpoint.url': string(
    'medium',
    null,
    'URL at which the issuer publishes its keys.',
  ),
  'sasl.oauthbearer.jwt.retriever.class': javaClass(
    'medium',
    'org.apache.kafka.common.security.oauthbearer.DefaultJwtRetriever',
    'Class that fetches tokens.',
  ),
  'sasl.oauthbearer.jwt.validator.class': javaClass(
    'medium',
    'org.apache.kafka.common.security.oauthbearer.DefaultJwtValidator',
    'Class that checks tokens.',
  ),
  'sasl.oauthbearer.scope': string(
    'medium',
    null,
    'Scope that is requested when a token is fetched.',
  ),
  'sasl.oauthbearer.scope.claim.name': string('low', 'scope', 'Claim that holds the scope.'),
  'sasl.oauthbearer.sub.claim.name': string('low', 'sub', 'Claim that holds the subject.'),
  'sasl.oauthbearer.token.endpoint.url': string(
    'medium',
    null,
    'URL from which tokens are fetched.',
  ),
  'sasl.server.callback.handler.class': javaClass(
    'medium',
    null,
    'Class that answers callbacks of SASL servers.',
  ),
  'sasl.server.max.receive.size': int(
    'medium',
    524_288,
    'Largest SASL message before authentication.',
  ),
}
