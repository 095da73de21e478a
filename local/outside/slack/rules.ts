/** Slack's rules for incoming webhooks, for the block types in use, and how a channel would show a message. */
export type Payload = { text?: string; blocks?: Record<string, unknown>[]; attachments?: unknown[] };
export type Fault = {
  word: 'invalid_payload' | 'no_text' | 'invalid_blocks' | 'invalid_blocks_format' | 'msg_blocks_too_long';
  why: string;
};

const LIMITS = {
  blocks: 50,
  blockId: 255,
  header: 150,
  section: 3000,
  fields: 10,
  field: 2000,
  elements: 10,
  all: 13_200,
};

/** Why Slack would refuse the payload; undefined if it would not. */
export function faultsOf(payload: unknown): Fault | undefined {
  if (typeof payload !== 'object' || payload === null || Array.isArray(payload)) {
    return { word: 'invalid_payload', why: 'the body is no JSON object' };
  }
  const { text, blocks, attachments } = payload as Record<string, unknown>;
  if (text !== undefined && typeof text !== 'string') return { word: 'invalid_payload', why: 'text is no string' };
  if (!text && blocks === undefined && attachments === undefined)
    return { word: 'no_text', why: 'neither text nor blocks' };
  if (blocks === undefined) return undefined;
  if (!Array.isArray(blocks)) return { word: 'invalid_blocks_format', why: 'blocks is no list' };
  const faults: string[] = [];
  if (blocks.length > LIMITS.blocks) faults.push(`${blocks.length} blocks, at most ${LIMITS.blocks}`);
  const ids = new Set<unknown>();
  for (const [index, block] of blocks.entries()) {
    faults.push(...blockFaults(block).map((fault) => `blocks[${index}] ${fault}`));
    const id = (block as { block_id?: unknown } | null)?.block_id;
    if (id !== undefined && ids.has(id)) faults.push(`blocks[${index}] block_id given twice`);
    ids.add(id);
  }
  if (faults.length > 0) return { word: 'invalid_blocks', why: faults.join('; ') };
  const all = blocks.flatMap(textsOf).reduce((sum, one) => sum + one.text.length, 0);
  return all > LIMITS.all ? { word: 'msg_blocks_too_long', why: `${all} characters in all blocks` } : undefined;
}

type Text = { type: 'plain_text' | 'mrkdwn'; text: string };

function blockFaults(block: unknown): string[] {
  if (typeof block !== 'object' || block === null) return ['is no object'];
  const { type, block_id: id, ...rest } = block as Record<string, unknown>;
  const faults: string[] = [];
  if (id !== undefined && (typeof id !== 'string' || id.length > LIMITS.blockId))
    faults.push(`block_id of at most ${LIMITS.blockId} characters`);
  const known = (...keys: string[]) => {
    for (const key of Object.keys(rest)) if (!keys.includes(key)) faults.push(`invalid additional property: ${key}`);
  };
  switch (type) {
    case 'header':
      known('text');
      faults.push(...textFaults('text', rest.text, LIMITS.header, ['plain_text']));
      break;
    case 'section': {
      known('text', 'fields', 'expand');
      if (rest.text === undefined && rest.fields === undefined) faults.push('needs text or fields');
      if (rest.text !== undefined) faults.push(...textFaults('text', rest.text, LIMITS.section));
      if (rest.fields !== undefined) faults.push(...listFaults('fields', rest.fields, LIMITS.fields, LIMITS.field));
      break;
    }
    case 'context':
      known('elements');
      faults.push(...listFaults('elements', rest.elements, LIMITS.elements, LIMITS.section));
      break;
    case 'divider':
      known();
      break;
    default:
      faults.push(`type ${JSON.stringify(type)} is not known to the stand-in`);
  }
  return faults;
}

function listFaults(name: string, list: unknown, most: number, length: number): string[] {
  if (!Array.isArray(list) || list.length === 0) return [`${name} must be a list with something in it`];
  if (list.length > most) return [`${list.length} ${name}, at most ${most}`];
  return list.flatMap((text, index) => textFaults(`${name}[${index}]`, text, length));
}

function textFaults(name: string, text: unknown, most: number, types = ['plain_text', 'mrkdwn']): string[] {
  if (typeof text !== 'object' || text === null) return [`${name} is no text object`];
  const { type, text: words, emoji, verbatim, ...more } = text as Record<string, unknown>;
  const faults: string[] = [];
  if (typeof type !== 'string' || !types.includes(type)) faults.push(`${name} type must be ${types.join(' or ')}`);
  if (typeof words !== 'string' || words.length === 0) faults.push(`${name} must be more than 0 characters`);
  else if (words.length > most) faults.push(`${name} must be less than ${most + 1} characters`);
  if (emoji !== undefined && (type !== 'plain_text' || typeof emoji !== 'boolean'))
    faults.push(`${name} emoji is for plain_text`);
  if (verbatim !== undefined && (type !== 'mrkdwn' || typeof verbatim !== 'boolean'))
    faults.push(`${name} verbatim is for mrkdwn`);
  for (const key of Object.keys(more)) faults.push(`${name} invalid additional property: ${key}`);
  return faults;
}

function textsOf(block: Record<string, unknown>): Text[] {
  const { text, fields, elements } = block as { text?: Text; fields?: Text[]; elements?: Text[] };
  return [...(text ? [text] : []), ...(fields ?? []), ...(elements ?? [])];
}

/** The message as text. A mention that would notify everybody is marked as one. */
export function readable({ text, blocks }: Payload): string {
  if (!blocks?.length) return quiet(shownMarkdown(text ?? ''));
  const lines = blocks.map((block) => {
    const texts = textsOf(block).map((one) => (one.type === 'mrkdwn' ? shownMarkdown(one.text) : one.text));
    switch (block.type) {
      case 'header':
        return `# ${texts.join('')}`;
      case 'divider':
        return '---';
      case 'context':
        return `(${texts.join(' | ')})`;
      default:
        return block.fields ? texts.map((field) => field.replace('\n', ': ')).join('\n') : texts.join('\n');
    }
  });
  return quiet(`${lines.join('\n')}${text ? '' : '\n(no text: notifications would be empty)'}`);
}

function shownMarkdown(text: string): string {
  return text
    .replace(/<([^<>]*)>/g, (_, inside: string) => {
      if (inside.startsWith('!')) return `[MENTION OF EVERYBODY: ${inside}]`;
      if (inside.startsWith('@') || inside.startsWith('#')) return `[MENTION: ${inside}]`;
      const [address, label] = inside.split('|', 2);
      return label === undefined ? `${address}` : `${label} <${address}>`;
    })
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&');
}

/** Removes control characters that a terminal would interpret. */
const quiet = (text: string) => text.replace(/[^\P{Cc}\n]/gu, '');
