import { finishSignIn } from './session.js';

try {
  await finishSignIn();
  location.replace('/');
} catch (error) {
  document.querySelector('#fault').textContent = error.message;
}
