import type { Directory } from '../../src/durable-objects/directory.ts';
import type { SessionManager } from '../../src/durable-objects/session-manager.ts';
import type * as worker from '../../src/worker/index.ts';

declare module 'vitest' {
  interface ProvidedContext {
    azureEndpoint: string;
    keyServer: string;
  }
}

declare global {
  namespace Cloudflare {
    interface GlobalProps {
      mainModule: typeof worker;
      durableNamespaces: 'SessionManager' | 'Directory';
    }
    interface Env {
      USERS: DurableObjectNamespace<SessionManager>;
      DIRECTORY: DurableObjectNamespace<Directory>;
      AZURE_ENDPOINT: string;
      AUTH_SECRET: string;
      KNOCKS: RateLimit;
    }
  }
}
