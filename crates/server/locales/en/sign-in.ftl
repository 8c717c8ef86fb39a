# Signing in with an account at the city's own sign-in (OpenID Connect), beside passkeys.

city-sign-in-link = Sign in with your city account
city-sign-in-why = You are led to the city’s own sign-in and back. No password is typed here.
city-sign-in-done = You are signed in
city-sign-in-go-on = Go on to the desk
city-sign-in-not = You are not signed in
city-sign-in-again = Try again with your city account
city-sign-in-other = Sign in with a passkey
city-sign-in-ended = This sign-in took longer than ten minutes, or was used before. Begin again.
city-sign-in-browser = This sign-in was begun in another browser or window, or this browser keeps no cookies. Begin again here.
city-sign-in-cancelled = The city’s sign-in did not let you in, or you stopped there. Begin again when you are ready.
city-sign-in-refused = What the city’s sign-in sent is not taken. Begin again. If it happens again, call your administrator.
city-sign-in-method = The city’s sign-in does not say that you used a passkey, a smart card or a key, so a password alone may have let you in. Sign in there with one of these, or ask your administrator.
city-sign-in-down = The city’s sign-in does not answer. Use a passkey if you have one here, or try again in a minute. If people are at the door now, call the line that is answered at any hour.
city-sign-in-busy = Many people are signing in just now. Try again in a moment.
city-sign-in-unbound = Your city account is nobody’s here yet. Give your administrator this name of it, as it stands: { $account }

people-account = City account
people-account-bound = An account at the city’s own sign-in is bound to them: whoever has it signs in as them.
people-account-none = No account at the city’s own sign-in is bound to them.
people-account-why = Have them sign in with their city account once. The page then shows them its name. Take it from them in person, not by mail: whoever has the account that you name here can act as they do.
people-account-subject = Name of the account
people-account-bind = Bind this account
people-account-unbind = Take this account from them
people-account-anothers = This account is another person’s here. Take it from them first.
people-account-fault = Write the name of the account as the page showed it: 1 to 255 letters and digits.
change-bound = Account at the city’s own sign-in bound
change-unbound = Account at the city’s own sign-in taken

serve-provider = People can also sign in at { $issuer }
