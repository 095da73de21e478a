import type { Pool } from '../../../entrance/tokens.ts';

const titles: Record<Pool, string> = { customers: 'Sign in to Tickets', staff: 'Sign in to the studio' };
const hints: Record<Pool, string> = {
  customers: 'Who is new signs up by signing in: choose a password of 8 characters or more.',
  staff: 'People of the company alone; scripts/status says where the password is.',
};
const escaped = (text: string) => text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);

/** The page that Cognito's managed login shows, in our words. `fault`: why the last try was refused. */
export const page = (pool: Pool, fault?: string): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${titles[pool]}</title>
<style>
body { font: 16px/1.5 system-ui, sans-serif; max-width: 24rem; margin: 4rem auto; padding: 0 1rem; color: #1c1c28; }
label { display: block; margin: 1rem 0; }
input, button { font: inherit; width: 100%; box-sizing: border-box; padding: .5rem; }
button { background: #22408f; color: #fff; border: 0; border-radius: .3rem; }
.fault { color: #a01818; }
small { color: #5b5b66; }
</style>
</head>
<body>
<h1>${titles[pool]}</h1>
${fault ? `<p class="fault" role="alert">${escaped(fault)}</p>` : ''}
<form method="post">
<label>E-mail <input name="name" type="text" autocomplete="username" required autofocus></label>
<label>Password <input name="password" type="password" autocomplete="current-password" required></label>
<button>Sign in</button>
</form>
<p><small>${hints[pool]} This page stands in for Amazon Cognito: it sends no mail and asks for no second factor.</small></p>
</body>
</html>
`;
