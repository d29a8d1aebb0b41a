import { MemorySpoolFile } from './memory-spool-file.ts';
import { describeSpoolFile } from './testing/spool-file-contract.ts';

describeSpoolFile('memory', (work) => {
  let file: MemorySpoolFile | undefined;
  work((bounds) => {
    file ??= new MemorySpoolFile(bounds);
    return file;
  });
});
