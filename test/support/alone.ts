/**
 * Tests inside the runtime that look at what Azure was told, or have it misbehave. The emulator is one for all of them, so
 * they run one after the other, and beside no other.
 */
export const ALONE = [
  'test/durable-objects/azure-lost.workerd.test.ts',
  'test/durable-objects/call-tools.workerd.test.ts',
  'test/durable-objects/call.workerd.test.ts',
  'test/durable-objects/failover.workerd.test.ts',
  'test/durable-objects/resume.workerd.test.ts',
  'test/durable-objects/rtc-beside.workerd.test.ts',
  'test/durable-objects/rtc.workerd.test.ts',
  'test/durable-objects/seal.workerd.test.ts',
  'test/worker/calls.workerd.test.ts',
];

/** What such a test says, by itself or by what it imports from `test/workerd`. */
export const LOOKS_AT_AZURE = /\/emulator\/(?:stats|faults)|\blooksOn\b|\bisUp\b/;
