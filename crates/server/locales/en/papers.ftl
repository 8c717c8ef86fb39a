# Sentences about papers at the desk: what a search showed, when counsel reads first, how to tell papers apart.

ask-search = What did the search show?
ask-search-hint = Who can tell: whoever made the search of state and federal databases. Keep what it shows confidential.
gate-search-neither = Neither of these
gate-search-conviction = A conviction of a violent or serious crime, within the five years that the law counts
gate-search-match = A possible match in the terrorist screening database
gate-search-both = Both
gate-search-unknown = I cannot know this now

outcome-court-paper = Stop. Counsel reads the paper first.
outcome-court-paper-means = The paper says that it comes from a court. What it allows is for counsel to say. Until then the answer is no, not yet.
gate-go-on = Go on with the questions
gate-go-on-hint = When counsel asks for more

say-custody-escalate = I am calling counsel now to read your papers. Please wait, or leave a number.
do-custody-escalate = Copy every paper. Call counsel at once, before the release is due. Record the detainer here.
do-not-custody-escalate = Do not hold the person for extra time while you wait, and tell nobody of the release, unless counsel says so.

# Show me how to tell. Drawings of our own, no copies of forms. Whether a paper is what it says is for counsel.
tell-title = How to tell papers apart
tell-summary = Is it signed by a judge? Show me how to tell
tell-print = All of this as a page to print
tell-on-the-list = On the list of papers: { $papers }.
tell-place-top = Whose paper is it? Look at the top: a court, or an agency?
tell-place-name = What is it called? “Warrant” alone says nothing. Officers’ papers are called so too.
tell-place-signed = Who signed it? Read the title under the signature.
tell-counsel = These are drawings, not the forms themselves. If you doubt it, if it looks different, or if a judge’s name stands on it: copy it, and counsel decides.
counts-hold-yes = To hold a person or tell of a release: it can count (§§ 9-131, 14-154, 9-205), if it is for taking this very person into custody. More is needed beside it.
counts-hold-no = To hold a person or tell of a release: it does not count as a judge’s warrant (§§ 9-131, 14-154, 9-205).
counts-door-yes = To let them into a non-public area: it can count (§ 4-210), within its own terms: this place or this person, on this day. Counsel reads it first.
counts-door-no = To let them into a non-public area: it does not count as a judge’s warrant (§ 4-210).
counts-subpoena = It is no warrant: it asks for records or for testimony, and opens no door. Give nothing yourself. Counsel decides what it asks for and what it binds to.

paper-court-arrest-title = Arrest warrant of a federal court
paper-court-arrest-seen = Drawing: at the top the name of a federal court; below it, arrest warrant; under the signature, United States judge or magistrate judge.
paper-court-arrest-top = United States District Court
paper-court-arrest-name = Arrest Warrant
paper-court-arrest-signed = U.S. (Magistrate) Judge
paper-court-arrest-tell = A court stands at the top, and under the signature stands a United States district judge or magistrate judge. If a clerk or somebody else signed for the court: counsel decides.

paper-administrative-title = Paper of an immigration officer: form I-200 or I-205
paper-administrative-seen = Drawing: at the top the Department of Homeland Security and no court; below it, warrant; under the signature, immigration officer.
paper-administrative-top = Dept. of Homeland Security
paper-administrative-name = Warrant
paper-administrative-signed = Immigration officer
paper-administrative-tell = It says “warrant”, but an agency stands at the top and no court. An officer of that agency signed it. Often the number of the form, I-200 or I-205, stands in a corner.

paper-court-search-title = Search warrant of a federal court
paper-court-search-seen = Drawing: at the top the name of a federal court; below it, search warrant; under the signature, United States judge or magistrate judge.
paper-court-search-top = United States District Court
paper-court-search-name = Search Warrant
paper-court-search-signed = U.S. (Magistrate) Judge
paper-court-search-tell = A court stands at the top and a judge’s title under the signature. It names the place, and the days on which it may be used. It is for a place, not for holding a person.

paper-state-court-title = Warrant of a court of New York State
paper-state-court-seen = Drawing: at the top a court of the State of New York; below it, warrant; under the signature, judge or justice of that court.
paper-state-court-top = Court of the State of New York
paper-state-court-name = Warrant
paper-state-court-signed = Judge or Justice
paper-state-court-tell = A court of New York State stands at the top, and its judge or justice signed. The section on non-public areas counts it; the sections on detainers do not.

paper-immigration-judge-title = Order of an immigration judge
paper-immigration-judge-seen = Drawing: at the top an immigration court of the Department of Justice; below it, order; under the signature, immigration judge.
paper-immigration-judge-top = Immigration Court
paper-immigration-judge-name = Order
paper-immigration-judge-signed = Immigration Judge
paper-immigration-judge-tell = It says “judge”, and it is not a judge in the sense of these laws: an immigration judge is an officer of the Department of Justice.

paper-detainer-title = Detainer: form I-247A
paper-detainer-seen = Drawing: at the top the Department of Homeland Security and no court; below it, detainer; under the signature, immigration officer.
paper-detainer-top = Dept. of Homeland Security
paper-detainer-name = Detainer
paper-detainer-signed = Immigration officer
paper-detainer-tell = It asks to hold a person or to tell of a release. It is a request: it orders nothing, and no judge signed it. Look whether another paper came with it.

paper-court-subpoena-title = Subpoena of a court or a grand jury
paper-court-subpoena-seen = Drawing: at the top the name of a court; below it, subpoena; under the signature, clerk of the court or a lawyer.
paper-court-subpoena-top = Name of a court
paper-court-subpoena-name = Subpoena
paper-court-subpoena-signed = Judge, clerk or lawyer
paper-court-subpoena-tell = A court or a grand jury stands at the top. A judge, a clerk or a lawyer may have signed.

paper-agency-subpoena-title = Administrative subpoena
paper-agency-subpoena-seen = Drawing: at the top an agency and no court; below it, subpoena; under the signature, officer of that agency.
paper-agency-subpoena-top = Name of an agency
paper-agency-subpoena-name = Subpoena
paper-agency-subpoena-signed = Officer of that agency
paper-agency-subpoena-tell = The agency that wants the records stands at the top, and its own officer signed. Only a court can enforce it.

# What a desk takes down of who asked.
record-unit = Unit that they named (no names of persons)

# The answer, to take along, and whom to call.
hand-title = Print this screen, or show it as a QR code
hand-print = To print, use your browser’s “Print”. The answer, what to say and do and whom to call fit on one page; what you answered is not on it.
hand-code = QR code of the text below it
hand-law = Law pack { $id } { $version }, SHA-256 { $sha256 }, { $when }. A reading of the law, not legal advice.
call-any = Call
