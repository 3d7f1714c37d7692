declare namespace Cloudflare {
  interface GlobalProps {
    mainModule: typeof import('../../src/worker/index.ts');
    durableNamespaces: 'SessionManager';
  }
  interface Env {
    USERS: DurableObjectNamespace<import('../../src/durable-objects/session-manager.ts').SessionManager>;
    AZURE_ENDPOINT: string;
  }
}
