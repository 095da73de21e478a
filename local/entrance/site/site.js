import { accessToken, signIn, signOut } from './session.js';

const part = (id) => document.querySelector(id);
/** A button that says this and does that. Text, never markup: titles are whatever somebody wrote. */
function button(text, act, off = false) {
  const made = document.createElement('button');
  made.textContent = text;
  made.disabled = off;
  made.addEventListener('click', () => act().catch(showError));
  return made;
}
function showError(error) {
  part('#ticket').className = 'fault';
  part('#ticket').textContent = error.message;
}

async function ask(path, body) {
  const token = await accessToken();
  const answer = await fetch(`/api${path}`, {
    method: body ? 'POST' : 'GET',
    headers: {
      ...(token && { authorization: `Bearer ${token}` }),
      ...(body && { 'content-type': 'application/json' }),
    },
    ...(body && { body: JSON.stringify(body) }),
  });
  const result = await answer.json();
  if (answer.status === 401) return signIn();
  if (!answer.ok) throw Object.assign(new Error((result.errors ?? [answer.statusText]).join('; ')), answer);
  return result;
}

async function ticketOf(booking) {
  for (let tries = 0; tries < 60; tries++) {
    const answer = await fetch(`/api/tickets?booking=${encodeURIComponent(booking)}`, {
      headers: { authorization: `Bearer ${await accessToken()}` },
    });
    if (answer.ok) return answer.json();
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  throw new Error('the ticket is not there yet; look again later');
}

async function book(show, seat) {
  if (!(await accessToken())) return signIn();
  const hold = await ask('/holds', { show, seat });
  const booking = await ask('/bookings', { hold: hold.id });
  part('#ticket').className = '';
  part('#ticket').textContent = `Seat ${seat} is booked. The ticket is being issued …`;
  const ticket = await ticketOf(booking.id);
  part('#ticket').textContent = `Ticket ${ticket.id}: seat ${ticket.seat} of ${ticket.show}`;
  await open(show, seat);
}

/** `booked`: a seat that is taken, whatever the list says, which may be some seconds old. */
async function open(id, booked) {
  const { title, venue, seats } = await ask(`/shows/${encodeURIComponent(id)}`);
  const heading = document.createElement('h2');
  heading.textContent = `${title}, ${venue}`;
  const grid = document.createElement('div');
  grid.className = 'seats';
  grid.style.gridTemplateColumns = `repeat(${new Set(seats.map(({ seat }) => seat.split('-')[1])).size}, 1fr)`;
  grid.append(
    ...seats.map(({ seat, state }) => button(seat, () => book(id, seat), state !== 'free' || seat === booked)),
  );
  part('#seats').replaceChildren(heading, grid);
}

async function main() {
  const signedIn = (await accessToken()) !== undefined;
  part('#who').replaceChildren(
    button(signedIn ? 'Sign out' : 'Sign in', async () => (signedIn ? signOut() : signIn())),
  );
  const { shows } = await ask('/shows');
  // A show with a queue lets people in one by one, which this small site does not do.
  part('#shows').replaceChildren(
    ...shows
      .filter(({ queue }) => !queue)
      .map(({ id, title, free }) => button(`${title}: ${free} seats free`, () => open(id))),
  );
}
main().catch(showError);
