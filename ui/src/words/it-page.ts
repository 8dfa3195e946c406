// The page for the IT person: what is to be set up, with this computer's own addresses and ports, and no secret. Text, to print, save or send.

export interface ItFacts {
  /** `http://127.0.0.1:8737`: where the program listens here. */
  listens: string;
  /** The last part of the path, where it is known. */
  slug: string;
  /** The public address as far as it is known. */
  address: string;
  /** CentrePoint's source addresses. */
  senders: readonly string[];
}

export interface Part {
  heading: string;
  lines: string[];
}

export const page = {
  title: 'CentrePoint Monitor: a way in for webhooks',
  intro:
    'A study coordinator runs CentrePoint Monitor on this computer. ActiGraph’s CentrePoint sends small HTTPS requests (webhooks) about the study’s uploads from the internet. They have to reach the program. Nothing else has to. By itself the program opens no connection to the outside; it does for messages and checks that somebody asks it for.',
};

export function itPage({ listens, slug, address, senders }: ItFacts): Part[] {
  const isHereAlone = /\/\/(127\.|\[::1\])/.test(listens);
  const own = address === '' ? 'https://(a name you choose)' : address;
  return [
    {
      heading: 'What is needed',
      lines: [
        `A public address, HTTPS on port 443, with a certificate from a public authority: ${own}`,
        'One of three ways from there to this computer: a reverse proxy, a tunnel that runs on this computer, or a certificate and key (PEM) on this computer with port 443 led to it.',
        'CentrePoint does not accept http:// or a certificate that it cannot check. TLS 1.2 or newer; HTTP/1.1 is enough.',
      ],
    },
    {
      heading: 'Where to pass requests on',
      lines: [
        isHereAlone
          ? `To ${listens}. That is this computer alone: a proxy on another one needs the program to listen on 0.0.0.0:8737 (Settings, General, or --listen), and a firewall that lets only the proxy in.`
          : `To ${listens}. Other computers can reach it there (0.0.0.0 and [::] are all addresses of this computer): a firewall should let only the proxy in.`,
        `Paths: POST ${slug === '' ? '/hooks/…' : `/hooks/${slug}`} (with OAuth2 also /token below it), and GET /healthz for your monitoring. Everything else may be refused.`,
        'Do not change the body: it is signed. Bodies are at most 1 MiB. Pass X-ActiGraph-… headers, Authorization and Expect: 100-continue on as they are, and the answer’s headers back.',
        'Let the proxy close idle connections to the program before 30 seconds, and wait at least 15 seconds for an answer.',
      ],
    },
    {
      heading: 'Who sends',
      lines: [
        `CentrePoint’s known source addresses: ${senders.join(', ')}. A firewall may be limited to these.`,
        'They may change without notice; the proof of each delivery (a signature) does not depend on them.',
      ],
    },
    {
      heading: 'What to give back',
      lines: [
        'The public address, as https://name without a path.',
        'With a proxy: its address as this computer sees it, to be entered under Trusted proxies.',
        'With a certificate here: the paths of the two PEM files; renewed files are taken by themselves.',
      ],
    },
    {
      heading: 'To check',
      lines: [
        `${own}/healthz answers 200 with {"status":"ok"} from outside.`,
        'All of it, with examples to copy, is in docs/it-guide.md of the program.',
      ],
    },
  ];
}

/** The page as plain text. */
export function itText(facts: ItFacts): string {
  const parts = itPage(facts).map(({ heading, lines }) => [heading, ...lines.map((line) => `- ${line}`)].join('\n'));
  return [page.title, page.intro, ...parts].join('\n\n') + '\n';
}
