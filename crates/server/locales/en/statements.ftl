# An agency's statement about a quarter: signing it with a passkey, and who signed.

statement-sign-link = Read the statement whole and sign it
statement-sign-page = Sign the statement of { $quarter }
statement-sign-back = Back to the statement’s figures
statement-sign-read = This is what you sign: read all of it. No law asks for this statement, nor for a signature under it; it is this product’s own practice. What is open is listed. If a figure is wrong, correct the record first.
statement-sign-changed = The record changed since this statement was shown, or somebody signed it meanwhile, so nothing was signed just now. This is the statement as it stands: read it before you sign.
statement-sign-unrecorded = Contacts that a comparison left unrecorded
statement-sign-unrecorded-why = Type the number that “vouchsafe reconcile” left for this quarter. Leave it empty and the statement takes what the record’s comparisons left, if they cover the whole quarter, or says that nothing was compared.
statement-sign-show = Show the statement with this number
statement-sign-number = That is no number of contacts. Go back and write digits only, or leave it empty if nothing was compared.
statement-sign-title = Your signature
statement-sign-as = You sign as { $name }, { $role }, { $agency }. Your device asks you to show that it is you. The record keeps this statement with your signature, and anyone who has the record can check it.
statement-sign-hash = What your passkey signs stands for exactly this statement. Its SHA-256:
statement-sign-button = Sign this statement with my passkey
statement-sign-no-script = Signing needs JavaScript, since only a script can ask your device for a passkey. Everything else on this page works without it. Turn JavaScript on for this page, or use another browser.
statement-sign-development = Nothing can be signed here: you are signed in with an account that anybody can have, and it has no passkey. In a real city sign in as yourself. Unsigned, the statement is made with “vouchsafe statement”.
statement-sign-runs = This quarter is still running. It can be signed when its last day is over.
statement-sign-done = You have signed this statement.
statement-sign-keyless = A statement is signed with a passkey, and you have none here, also if you sign in with your city account. Make a link for a passkey on the page of your account, open it on the device that is to keep the passkey, and come back here.
statement-sign-account = Go to my account
statement-sign-ended = This took longer than five minutes, or was answered before, or your account was changed meanwhile. Nothing was signed. Load the page again and sign anew.
statement-sign-unknown = This answer is not one of your passkeys’ to this statement. Nothing was signed. Use a passkey of your own that is not revoked.
statement-sign-not-yours = Your role does not sign this statement. A supervisor or the privacy officer of the whole agency does.
statement-sign-failed = Something went wrong here. Load the page again to see whether it was signed; if not, sign again.
statement-sign-unable = This browser has no passkeys. Use another one, or another device.
statement-sign-cancelled = No passkey was used, so nothing was signed. Press the button again when you are ready.
statement-sign-cloned = There may be a second copy of this passkey. It was refused and revoked, and nothing was signed. Call your administrator.

statement-signed-title = Signed so far
statement-signed-none = Nobody has signed a statement of this quarter with a passkey.
statement-signed-this = It is the statement above.
statement-signed-earlier = It is another version: the record, or the number of contacts, was another one. Both are kept.
statement-signed-hash = SHA-256 begins { $hash }
statement-stated-by = Stated by { $who }.
statement-unsigned = Not signed with a passkey.
entry-signed = Statement signed
