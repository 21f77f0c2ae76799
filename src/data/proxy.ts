import type { Fetch } from './transfer.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * What fetches addresses: Node's own `fetch`, or undici's through the proxies that the environment names in HTTP_PROXY and
 * HTTPS_PROXY, but for the hosts of NO_PROXY; names without capitals come first, as with curl. The reasons of failures name
 * the proxies, without user and password.
 */
export async function networkFetch(environment: Environment = process.env): Promise<Fetch> {
  const value = (name: string) => environment[name] || environment[name.toUpperCase()] || undefined;
  const httpProxy = value('http_proxy');
  const httpsProxy = value('https_proxy') ?? httpProxy;
  if (httpProxy === undefined && httpsProxy === undefined) return globalThis.fetch;
  // Loaded only by those who go through a proxy.
  const { EnvHttpProxyAgent, fetch } = await import('undici');
  const dispatcher = new EnvHttpProxyAgent({
    // '' is "none" here; undefined would have the agent look at the process's own environment.
    httpProxy: httpProxy ?? '',
    httpsProxy: httpsProxy ?? '',
    noProxy: value('no_proxy') ?? '',
  });
  const named = [httpProxy, httpsProxy].flatMap((proxy) => (proxy === undefined ? [] : [withoutSecrets(proxy)]));
  const names = [...new Set(named)].join(', ');
  return async (url, init) => {
    try {
      return await fetch(url, { ...init, dispatcher });
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      const reason = error.cause instanceof Error && error.cause.message !== '' ? error.cause.message : error.message;
      throw new TypeError(error.message, {
        cause: new Error(`${reason} (proxy set here: ${names})`, { cause: error }),
      });
    }
  };
}

/** A proxy's address without user and password. */
function withoutSecrets(address: string): string {
  if (!URL.canParse(address)) return 'one whose address cannot be read';
  const { protocol, host } = new URL(address);
  return `${protocol}//${host}`;
}
