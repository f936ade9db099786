import { boolean, javaClass, list, password, perBroker, string } from '../config-def.ts'
import { distinct, oneOf } from '../validators.ts'

/** TLS. */
export const tlsConfigs = {
  'ssl.allow.dn.changes': boolean(
    'low',
    false,
    'Accept a new keystore with another distinguished name.',
  ),
  'ssl.allow.san.changes': boolean(
    'low',
    false,
    'Accept a new keystore with other alternative names.',
  ),
  'ssl.cipher.suites': perBroker(
    list('medium', '', 'Cipher suites that may be used; empty for all.', distinct),
  ),
  'ssl.client.auth': perBroker(
    string(
      'medium',
      'none',
      'Whether clients must present a certificate.',
      oneOf('required', 'requested', 'none'),
    ),
  ),
  'ssl.enabled.protocols': perBroker(
    list('medium', 'TLSv1.2,TLSv1.3', 'TLS versions that may be used.', distinct),
  ),
  'ssl.endpoint.identification.algorithm': perBroker(
    string('low', 'https', "How a server's host name is checked; empty for not at all."),
  ),
  'ssl.engine.factory.class': perBroker(javaClass('low', null, 'Class that creates TLS engines.')),
  'ssl.key.password': perBroker(password('medium', null, 'Password of the private key.')),
  'ssl.keymanager.algorithm': perBroker(
    string('medium', 'SunX509', 'Algorithm of the key manager.'),
  ),
  'ssl.keystore.certificate.chain': perBroker(
    password('medium', null, 'Certificate chain, as PEM text.'),
  ),
  'ssl.keystore.key': perBroker(password('medium', null, 'Private key, as PEM text.')),
  'ssl.keystore.location': perBroker(string('medium', null, 'File of the keystore.')),
  'ssl.keystore.password': perBroker(password('medium', null, 'Password of the keystore.')),
  'ssl.keystore.type': perBroker(string('medium', 'JKS', 'Format of the keystore.')),
  'ssl.principal.mapping.rules': string(
    'low',
    'DEFAULT',
    "Rules that turn a certificate's name into a principal.",
  ),
  'ssl.protocol': perBroker(string('medium', 'TLSv1.3', 'TLS version that is preferred.')),
  'ssl.provider': perBroker(string('medium', null, 'Security provider for TLS.')),
  'ssl.secure.random.implementation': perBroker(string('low', null, 'Random generator for TLS.')),
  'ssl.trustmanager.algorithm': perBroker(
    string('medium', 'PKIX', 'Algorithm of the trust manager.'),
  ),
  'ssl.truststore.certificates': perBroker(
    password('medium', null, 'Trusted certificates, as PEM text.'),
  ),
  'ssl.truststore.location': perBroker(string('medium', null, 'File of the truststore.')),
  'ssl.truststore.password': perBroker(password('medium', null, 'Password of the truststore.')),
  'ssl.truststore.type': perBroker(string('medium', 'JKS', 'Format of the truststore.')),
}
