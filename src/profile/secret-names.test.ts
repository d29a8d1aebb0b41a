import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isSecretName } from './secret-names.ts';

const SECRET = `password PASSWORD --password -password db-password DB_PASS --pass PGPASSWORD MYSQL_PWD passwd
passphrase secret clientSecret client_secret VAULT_SECRET_ID token API_TOKEN accessToken x-auth-token
api-key apiKey APIKEY X-Api-Key aws_secret_access_key access-key private_key AccountKey credentials
spring.datasource.password -Djavax.net.ssl.keyStorePassword _auth psk SECRET_KEY_BASE`;

const HARMLESS = `PASSWORD_FILE --password-file --password-stdin --no-password --without-token token-ttl --token-url
secretName --secret-namespace PWD OLDPWD user key primary-key keyboard tokens max_tokens tokenizer
compass bypass author authority secretPath passthrough --skip-token keys pass-through`;

describe('isSecretName', () => {
  for (const name of SECRET.split(/\s+/)) {
    it(`takes ${name} for the name of a secret`, () => assert.ok(isSecretName(name)));
  }
  for (const name of HARMLESS.split(/\s+/)) {
    it(`takes ${name} for harmless`, () => assert.ok(!isSecretName(name)));
  }
});
