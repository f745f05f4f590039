// Passkeys: the one thing here that no form can do. A form with `data-passkey` carries the question; the device's answer
// goes into its hidden field and the form is sent like any other. Without this script the page says so and offers the code.

const SAID = {
  NotAllowedError: 'Your device did not confirm that it is you. Try again, or use another way.',
  InvalidStateError: 'This device has a passkey for your account already.',
  SecurityError: 'This address cannot use passkeys. Use the address your organisation gave you.',
}

const bytes = (text) => Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (letter) => letter.charCodeAt(0))
const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')

/** The question with its byte strings as bytes. */
function readable({ publicKey }) {
  const listed = (list) => list?.map((entry) => ({ ...entry, id: bytes(entry.id) }))
  const question = { ...publicKey, challenge: bytes(publicKey.challenge) }
  if (publicKey.user) question.user = { ...publicKey.user, id: bytes(publicKey.user.id) }
  if (publicKey.excludeCredentials) question.excludeCredentials = listed(publicKey.excludeCredentials)
  if (publicKey.allowCredentials) question.allowCredentials = listed(publicKey.allowCredentials)
  return question
}

/** The answer as text. */
function written(credential) {
  const { response } = credential
  const answer = { clientDataJSON: text(response.clientDataJSON) }
  if (response.attestationObject) {
    answer.attestationObject = text(response.attestationObject)
  } else {
    answer.authenticatorData = text(response.authenticatorData)
    answer.signature = text(response.signature)
    answer.userHandle = response.userHandle ? text(response.userHandle) : null
  }
  return JSON.stringify({ id: credential.id, rawId: text(credential.rawId), type: credential.type, response: answer })
}

async function ask(form, said) {
  said.hidden = true
  try {
    const publicKey = readable(JSON.parse(form.dataset.options))
    const credential = form.dataset.passkey === 'create'
      ? await navigator.credentials.create({ publicKey })
      : await navigator.credentials.get({ publicKey })
    form.elements.answer.value = written(credential)
    form.submit()
  } catch (problem) {
    said.querySelector('[data-said]').textContent = SAID[problem.name] ?? 'Your passkey could not be used. Try again, or use another way.'
    said.hidden = false
    said.focus()
  }
}

/** Makes the passkey forms of the page work, or leaves what stands in for them. */
export function readyPasskeys() {
  for (const form of document.querySelectorAll('form[data-passkey]')) {
    const button = form.querySelector('[data-ask]')
    const said = form.querySelector('[data-fault]')
    if (!window.PublicKeyCredential) {
      for (const instead of document.querySelectorAll('.cp-without-script')) instead.classList.remove('cp-without-script')
      continue
    }
    button.hidden = false
    form.addEventListener('submit', (event) => {
      event.preventDefault()
      ask(form, said)
    })
    // After a refusal the person asks again themself.
    if (form.dataset.passkey === 'get' && !document.querySelector('.govuk-error-summary:not([hidden])')) ask(form, said)
  }
}
