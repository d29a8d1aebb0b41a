import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { idInCgroupName, isCgroupOf } from './container-cgroup.ts';

const ID = '40aa705f635019acaf6b8236132035b5241f90e4de11d19a12aa9faca60967b7';

describe('container id in the name of a cgroup', () => {
  for (const form of [
    ...['@', 'cri-containerd-@.scope', 'crio-@', 'crio-@.scope', 'docker-@.scope'],
    ...['libpod-@.scope', 'nerdctl-@.scope'],
  ]) {
    it(`is found in ${form}`, () => assert.equal(idInCgroupName(form.replace('@', ID)), ID));
  }

  for (const form of [
    ...['web', 'user.slice', '', '@0', 'x@', 'x-@.scope', '@.service', 'libpod-conmon-@.scope'],
    ...['crio-conmon-@.scope', 'docker-web.scope'],
  ]) {
    it(`is not found in "${form}"`, () =>
      assert.equal(idInCgroupName(form.replace('@', ID)), undefined));
  }

  it('is lower-case hexadecimal', () => {
    assert.equal(idInCgroupName(ID.toUpperCase()), undefined);
    assert.equal(idInCgroupName(ID.replace('4', 'g')), undefined);
  });
});

describe('cgroup of a container', () => {
  const record = { id: 'web', labels: {}, image: '', annotations: {}, cgroupsPath: '' };

  for (const [path, cgroupsPath, isIt] of [
    ['/default/web', '', true],
    ['/system.slice/containerd.service', '', false],
    ['/a/b', '/a/b', true],
    ['/host/a/b', '/a/b', true],
    ['/a/c', '/a/b', false],
    ['/x', '/', false],
    ['/k.slice/cri-containerd-w1.scope', 'k.slice:cri-containerd:w1', true],
    ['/k.slice/w1.scope', 'k.slice::w1', true],
    ['/k.slice/other.scope', 'k.slice:cri-containerd:w1', false],
  ] as const) {
    it(`${isIt ? 'is' : 'is not'} ${path} for "${cgroupsPath}"`, () =>
      assert.equal(isCgroupOf(path, { ...record, cgroupsPath }), isIt));
  }
});
