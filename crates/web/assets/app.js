// Everything works without this script. It adds: focus on the error summary, the skip link's focus, a menu that folds on
// a telephone, a button against double posting and one that shows a password while it is typed.
import {
  Button, ErrorSummary, PasswordInput, ServiceNavigation, SkipLink, createAll, isSupported,
} from './govuk-frontend.js'
import { readyPasskeys } from './passkey.js'

document.body.classList.add('js-enabled', 'govuk-frontend-supported')
if (isSupported()) {
  for (const component of [Button, ErrorSummary, PasswordInput, ServiceNavigation, SkipLink]) createAll(component)
}

readyPasskeys()
