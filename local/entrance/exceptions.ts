const refusedByGo = 'Go refuses this version of HTTP itself, with 400 or 505, before the rules see it';
const unread =
  'Coraza’s parser refuses such a part: 200002 and 200003 block in place of 922130, which looks for ModSecurity’s words';
const apaches = 'wants the 400 that Apache gives itself; here the rule that is named finds it, and blocks';

/**
 * Tests of the core rule set that are left out, each with what happens instead; all others pass. Nothing of it gets through: each is refused by Go
 * or found by a rule, but for the one that says otherwise.
 */
export const exceptions: Record<string, string> = {
  '920100-5': `${apaches}: 911100`,
  '920100-8': `${apaches}: 920610`,
  '920270-4': `${apaches}: 920270`,
  '920274-1': `${apaches}: 920274`,
  '920280-3': refusedByGo,
  '920290-1': `${apaches}: 920280, because Go knows no empty Host from none`,
  '920290-4': 'found as 920280 in place of 920290, because Go knows no empty Host from none',
  '920430-3': refusedByGo,
  '920430-5': refusedByGo,
  '920430-8': refusedByGo,
  '920430-9': refusedByGo,
  '920610-2': 'passes: Go takes the fragment for a part of the path, and rules and services see it as %23',
  '920620-1': 'wants two Content-Types to be joined, as Apache does, and not to be found; they are found',
  '922130-1': unread,
  '922130-2': unread,
  '922130-7': unread,
};
