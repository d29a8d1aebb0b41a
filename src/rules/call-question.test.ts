import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { questionOfCall } from './call-question.ts';
import { PROFILE_FUNCTIONS } from './profile-functions.ts';

describe('questionOfCall', () => {
  it('puts path, arguments and flags into the question', () => {
    assert.deepEqual(questionOfCall('cp.was_executed_with_args', ['c1', '/bin/ls', ['ls', '-l']]), {
      ...{ surface: 'execs', path: '/bin/ls', args: ['ls', '-l'] },
    });
    assert.deepEqual(questionOfCall('ap.was_path_opened_with_flags', ['c1', '/a', ['O_RDWR']]), {
      ...{ surface: 'opens', path: '/a', flags: ['O_RDWR'] },
    });
  });

  it('tells directions apart', () => {
    assert.deepEqual(
      questionOfCall('nn.was_address_port_protocol_in_ingress', ['c1', '10.0.0.1', 80n, 'TCP']),
      { surface: 'ingress', peer: '10.0.0.1', port: 80, protocol: 'TCP' },
    );
    assert.deepEqual(questionOfCall('cp.is_domain_in_egress', ['c1', 'a.example.']), {
      ...{ surface: 'egress', peer: 'a.example.' },
    });
  });

  it('has one for every function but those that no single entry answers', () => {
    const without = PROFILE_FUNCTIONS.filter(
      ({ name }) => questionOfCall(`cp.${name}`, ['c1', 'x', 'y', 'z']) === undefined,
    );
    for (const { name } of without) assert.match(name, /_prefix$|_suffix$|^was_host_accessed$/);
    assert.equal(without.length, 5);
  });

  it('has none for other functions', () => {
    assert.equal(questionOfCall('net.was_executed', ['c1', '/bin/ls']), undefined);
    assert.equal(questionOfCall('cp.constructor', ['c1', '/bin/ls']), undefined);
  });
});
