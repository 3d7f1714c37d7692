/**
 * Run as a program with `TMPDIR` set: unpacks the browser, its shared libraries and its fonts there. A program of its
 * own because the package knows no other way to be told where than `TMPDIR`, which must not change under a test.
 * `AWS_EXECUTION_ENV` makes it unpack the shared libraries too.
 */
import chromium from '@sparticuz/chromium';

await chromium.executablePath();
