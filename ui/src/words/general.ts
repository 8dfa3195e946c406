// Settings of this computer and of this window.
export const general = {
  parts: {
    you: 'You and this window',
    way: 'The way in',
    computer: 'This computer',
    wants: 'What wants you',
  },
  operator: 'Your name',
  operatorHint: 'Proposed when you acknowledge or resolve a problem, so that the history says who did. Default: empty.',
  publicAddress: 'Public address',
  publicAddressHint:
    'https:// and the name under which CentrePoint reaches this computer. Your IT person sets it up once: the “IT guide” that comes with the program (docs/it-guide.md) says how. Default: empty, and then nothing arrives from CentrePoint.',
  proxies: 'Trusted proxies',
  proxiesHint:
    'Addresses of the proxy or tunnel in front, separated by commas. They are believed when they say whom they forward for; anyone else is not. Default: none.',
  listening: {
    title: 'Where deliveries come in here',
    text: 'The address and the port of this computer on which the program listens. What your IT person set up in front, a proxy or a tunnel, leads there.',
    now: 'Now',
    nowhere: 'Nowhere: it is not receiving',
    copy: 'Copy the address',
    because: 'Why',
    from: {
      command_line: 'It was named where the program was started (--listen). That stands above the field here.',
      environment:
        'It was named in the environment of the program (CENTREPOINT_MONITOR_LISTEN). That stands above the field here.',
      setting: 'It is entered here.',
      default: 'It is the default: none is entered here.',
      before: 'Deliveries were sent there before. What is entered here counts from the next start on.',
      practice: 'A practice takes any free port.',
    },
    fromElsewhere: {
      command_line: 'It was named where the service is started (--listen). That stands above the field here.',
      environment:
        'It was named in the environment of the service (CENTREPOINT_MONITOR_LISTEN). That stands above the field here.',
      setting: 'It is entered here.',
      default: 'It is the default: none is entered here.',
      before: 'Deliveries were sent there before. What is entered here counts from the next start of the service on.',
      practice: 'A practice takes any free port.',
    },
    address: 'Listening address',
    hint: 'Default: 127.0.0.1:8737. 127.0.0.1 is this computer alone, which is right with a proxy or a tunnel on it, and safest; 0.0.0.0 lets other computers in. The port is from 1024 to 65535, one that no other program has. Empty for the default.',
    change: 'Change…',
    ask: (address: string) => `Receive at ${address} from now on?`,
    meaning:
      'What leads deliveries here has to follow at once: the proxy or the tunnel, the firewall, and the public address if the port is in it. Until it does, nothing arrives, and CentrePoint tries for two days only. What is under way is still kept and answered.',
    open: 'Other computers can reach this address; let the firewall admit the proxy alone.',
    yes: 'Change the address',
    no: 'Leave it',
    done: (address: string) =>
      `Deliveries are received at ${address} from now on. “Check the set-up” tells whether they still find the way here.`,
    notNow: (address: string) => `${address} is kept, and is tried again at the next start.`,
    later: {
      command_line: (address: string) => `${address} is kept here, and counts from the next start without --listen on.`,
      environment: (address: string) =>
        `${address} is kept here, and counts from the next start without CENTREPOINT_MONITOR_LISTEN on.`,
    },
  },
  tls: {
    title: 'Encryption here (TLS)',
    text: 'Only where CentrePoint reaches this computer without a proxy or tunnel in front. Two files from your IT person, in PEM form; renewed ones are taken by themselves.',
    certificate: 'Certificate file',
    certificateHint: 'With the intermediate certificates behind it, often fullchain.pem.',
    key: 'Key file',
    keyHint: 'Without a password, and readable by you alone.',
    choose: 'Choose…',
    both: 'The two files go together: name this one, too.',
    state: 'Certificate in use',
    standing: { not_yet: 'Not valid yet', good: 'Valid', ends_soon: 'Ends soon', ended: 'Ended' },
    names: 'For',
    noNames: 'no name at all',
    from: 'From',
    until: 'Until',
    told: 'These files were named when the program was started, and stand above the fields here.',
    toldElsewhere:
      'These files were named where the service on this computer is started, and stand above the fields here.',
    off: 'TLS is off: the receiver speaks plain HTTP.',
    notYet: 'TLS is set up, and no certificate is in use yet.',
  },
  elsewhere: {
    title: 'The service on this computer receives',
    text: 'An address and TLS files that are named where it is started are changed there by your IT person. Everything else here counts for it, too.',
    listens: 'It listens on',
  },
  autostart: {
    label: 'Start with the computer',
    hint: 'Hidden, in the tray: deliveries are received from the login on. Default: off.',
    other:
      'At the login something else is started in its place: another copy of the program, or with other options. Switch it on here to start this one.',
    failed: 'Whether it starts with the computer cannot be said.',
  },
  metrics: 'Figures for monitoring',
  metricsHint:
    'For your IT person: an address of this computer, such as 127.0.0.1:9737, where Prometheus finds figures at /metrics. Nothing about subjects is in them. Default: empty, which is off.',
  theme: 'Theme',
  themeHint: 'Light or dark. Default: as the system.',
  themes: { system: 'As the system', light: 'Light', dark: 'Dark' } as Record<string, string>,
  stuck: 'An upload without an end is stuck after',
  stuckUnit: 'hours',
  stuckHint: 'A usual upload takes minutes. Default 2; above 0, at most 8,760 (a year).',
};
