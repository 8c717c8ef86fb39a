# Sentences of the desk's pages. Plain words, short, to be read while somebody waits at the desk.

desk-name = Vouchsafe
skip-to-content = Skip to content
nav-label = Pages
nav-gate = Ask
nav-requests = Requests
nav-filings = Filings
nav-log = Log
nav-sign-out = Sign out
reading-of-the-law = This is the city’s reading of the law. It is not legal advice. The statute prevails. “Permitted” means that a named person may decide to do it, with counsel. It never means that you must.
development-account = Development account. Anyone on this machine can sign in. Do not enter real cases.
invented-city = This is an invented city. Its requests were drawn from published totals. No person here is real.

# Sign-in (development account)
sign-in-title = Sign in
sign-in-name = Your name
sign-in-agency = Your agency
sign-in-role = Your role
sign-in-button = Sign in
sign-in-choose = Choose an agency and a role from the lists.
sign-in-name-fault = Write a name of 1 to 80 letters.
role-desk = Desk
role-supervisor = Supervisor
role-counsel = Counsel
role-privacy-officer = Privacy officer
role-records = Records

# Refusals
refused-title = This did not work
back-to-gate = Back to the start
internal-fault = Something went wrong on our side. Nothing was recorded. Treat the answer as no, and call counsel. Fault number { $number }.

# The gate
gate-title = What is happening?
gate-emergency = If somebody is in danger, act first. Record it afterwards.
gate-other = Something else
gate-other-act = What are you asked to do?
gate-continue = Continue
gate-answer-now = Answer with what is known
gate-answer-now-hint = What is not known counts as “no, not yet”.
gate-so-far = What can be said so far
gate-start-again = This page lost its question. Start again from the list.
gate-new = Ask another question

situation-detainer = An immigration detainer came for a person in custody
situation-detainer-hint = Form I-247, with or without other papers
situation-release-date = Somebody asks when a person is released, or where the person will be
situation-release-date-hint = By e-mail, by telephone or in person
situation-screenshot = Somebody asks for a screenshot, a record, or “just confirm custody”
situation-screenshot-hint = Each of these is a disclosure
situation-door = Officers want to come in
situation-door-hint = Into an area that is not open to the public
situation-alert = Somebody asks for an alert on a name
situation-alert-hint = Or for a look-up that reports back
situation-staging = Somebody asks to use a lot, a garage or a room
situation-staging-hint = For staging, processing, a briefing or a base
situation-cameras = Somebody asks for plate-reader, camera or other surveillance data
situation-cameras-hint = Body cameras too
situation-student = Somebody asks about a student, or for a student’s file
situation-student-hint = Staff of a school may not consent
situation-subpoena = A subpoena or another paper asks for records
situation-subpoena-hint = Have the paper at hand
situation-hand-over = Somebody asks to be given a person
situation-hand-over-hint = Every hand-over needs a written basis
situation-help = Somebody asks for help at a scene
situation-help-hint = Holding a crowd, closing a street, standing by
situation-task-force = A joint operation or task force
situation-task-force-hint = What counts is the purpose of each act
situation-status = Somebody asks only about citizenship or immigration status
situation-status-hint = Do not look it up. Counsel answers.

ask-of = Who can tell: { $who }
ask-requester = Who is asking?
ask-requester-hint = Ask for the agency and the unit. Write down the name or badge later.
ask-statute = Which law do they say they enforce?
ask-statute-hint = “A criminal case” is not an answer. Ask for the statute or the case number.
ask-documents = Which papers do they show?
ask-documents-hint = Ask to see the paper. Look at who signed it.
ask-documents-legend = Tick each paper that you can see
answer-yes = Yes
answer-no = No
answer-unknown = I cannot know this now

# The answer
answer-title = The answer
outcome-barred = No. The law bars this.
outcome-barred-means = Do not do it. The reasons are below.
outcome-permitted = Permitted, not required
outcome-permitted-means = The law leaves the choice to the agency. A named person decides, with counsel.
outcome-escalate = Stop. Counsel decides.
outcome-escalate-means = Do nothing until counsel has answered.
outcome-required = This is a duty of the city
outcome-required-means = The law says that it must be done.
outcome-outside = These laws do not speak to this
outcome-outside-means = No provision of the pack applies. Your usual rules do. If you doubt it, ask counsel.
outcome-not_yet_known = No, not yet
outcome-not_yet_known-means = Facts are missing that could change the answer. Until they are known, the answer is no.

say-title = Say this
do-title = Do this
do-not-title = Do not do this
call-title = Call this person
call-who = The counsel or privacy officer of { $agency }, at any hour
call-not-configured = No telephone number has been set up for this agency. Use your agency’s list.

say-barred = City law does not let me do that. I am writing down your request. Please give me your name, your unit and the papers you have.
say-permitted = I have written down your request. The person who decides will answer you.
say-escalate = I cannot answer that myself. I am calling counsel now. Please wait, or leave a number.
say-required = We will do what the law asks of us.
say-outside = I have written down your request. It will go to the right person.
say-not_yet_known = I cannot do that on what I have seen so far. Please show me the paper and tell me which law you are enforcing.
do-barred = Write down who asked, for what, and on which paper. Tell your supervisor. Record the request here.
do-permitted = Bring the request and the papers to the person who decides. Record what was decided and by whom.
do-escalate = Keep a copy or a photograph of every paper. Call counsel. Record the request here.
do-required = Do it, and record when it was done.
do-outside = Follow your usual rules. Record the request here if you doubt it.
do-not_yet_known = Ask for what is missing. Record the request here, also if they leave.
do-not-barred = Do not look anything up, send anything or confirm anything. Do not argue.
do-not-permitted = Do not treat “permitted” as an order. Do not go beyond what was asked.
do-not-escalate = Do not say yes or no. Do not look anything up for them meanwhile.
do-not-required = Do not wait for somebody to ask again.
do-not-outside = Do not collect or give immigration status.
do-not-not_yet_known = Do not guess. Do not do it “just this once”.

say-door-barred = I do not consent to your coming in. I am calling counsel. Please wait here.
say-door-escalate = I see the paper. I am calling counsel now to read it. Please wait here.
say-door-not_yet_known = I do not consent to your coming in. Please show me the paper. I am calling counsel.
say-door-permitted = I see the paper. Counsel is reading it. Please wait here until I have the answer.
do-door-barred = Ask for names, badges and papers. Copy or photograph the papers. Call counsel. If they go in all the same, step back and write down what you see.
do-door-escalate = Safety first. Copy or photograph the paper. Call counsel at once. If they go in all the same, step back and write down what you see.
do-door-not_yet_known = Ask for names, badges and papers. Call counsel. If they go in all the same, step back and write down what you see.
do-door-permitted = Let counsel read the paper first. Go with them only to what it names. Write down what you see.
do-not-door-barred = Do not block, touch, hide anybody, or lie. Do not open a door for them.
do-not-door-escalate = Do not block, touch, hide anybody, or lie.
do-not-door-not_yet_known = Do not block, touch, hide anybody, or lie. Do not open a door for them.
do-not-door-permitted = Do not show rooms or people that the paper does not name.
say-information-barred = I may not give that information. I am passing your request to our privacy officer.
do-information-barred = Send the request to the privacy officer. Tell your supervisor. Record the request here.
do-not-information-barred = Do not confirm, send, copy or hint at anything, and set no alert.
say-custody-barred = City law does not let us hold a person or tell you of a release on this paper. I have written down your request.
do-custody-barred = Release on time, as if the detainer had not come. Record the detainer here.
do-not-custody-barred = Do not hold the person for any extra time. Do not tell anybody when or where the release happens.

why-title = Why
layers-caption = The answer of each layer of law
layer = Layer
result = Result
layer-federal = Federal law
layer-state = State law
layer-city = City law
layer-order = Executive orders
read-in-part = read only in part
unmet-title = What is not met
duties-title = Duties
duty-unless = due unless it is known that it is not; it is due if:
lines-title = Counted in these filings
derived-title = How dates, lists and statutes were worked out
not-yet-read-title = Law that we have not read
recorded-not = Not recorded yet.

# Recording
record-title = Record this request
record-why = The law asks for a record of each request and of each answer, also when the answer is no.
record-more = Add what you know (nothing here is needed)
record-channel = How did they ask?
channel-in-person = In person
channel-telephone = By telephone or radio
channel-email = By e-mail
channel-message = By message or chat
channel-paper = On paper, by post or fax
channel-system = Through a shared system
channel-task-force = Within a task force
channel-other = Another way
record-claim = Did they say that it is civil or criminal?
claim-not-said = They did not say
claim-civil = Civil
claim-criminal = Criminal
claim-both = Both
record-information = Which information did they ask for?
information-custody = Whether a person is in custody
information-release-date = A release date
information-court-date = A court date
information-appointment = An appointment
information-other = Other information
record-officer = Name or badge that they gave
record-statute = Statute or case number that they gave
record-site = Your site
record-supervisor = I have told my supervisor
record-counsel = I have told counsel
record-note = Anything else that happened
record-note-never = Do not write anything about a person’s immigration status.
record-button = Record this request

requests-title = Requests
requests-none = Your agency has recorded no request yet.
requests-caption = Requests recorded by { $agency }, the newest first
requests-when = When
requests-who = Who asked
requests-what = For what
requests-id = Request
requests-older = Older requests
request-title = One request
request-not-found = There is no such request in your agency’s record. Check the number.
request-recorded = Recorded. The record and the log keep it.
request-facts = What was taken down
possible-violation = Possible violation:
possible-violation-means = This is not a finding. Oversight looks at it, and named people decide.
done-title = What was really done
done-why = Say what was really done, also if it was not what the answer said.
done-legend = What was done
deed-refused = We refused
deed-released = The person was released
deed-held = The person was held past release
deed-notified = We told them of the release
deed-transferred = The person was handed over
deed-disclosed = Information was given
deed-assisted = Other help was given
deed-resolved = The detainer was not honored
deed-followed-up = We looked after 30 days whether a charge was filed
done-decided-by = Who decided
done-basis = Written basis, for example the number of a judge’s warrant
done-button = Record what was done
done-incomplete = Choose what was done, and say who decided.
entries-title = Entries and their place in the log
entries-why = Each entry has a sealed fingerprint in a public log that nobody can rewrite unseen. The log holds nothing else.
entries-kind = Kind
entries-id = Entry
entries-leaf = Fingerprint
entries-proof = Proof

# Filings
filings-title = Filings
filings-why = The statutes ask for these publications. Each figure names the entries that it counts.
filings-section = Section
filings-agency = Agency
filings-period = Period
filings-due = Due
filings-open = Look at the draft
filings-none = Nothing was recorded in this period. The filing is nil.
filings-refused = This filing cannot be made: { $why }

# Log
log-title = The public log
log-why = Anybody can check that nothing was changed or left out. Each line of the log is a fingerprint of an entry and nothing else.
log-size = Entries in the log
log-root = Root of the tree
log-origin = Name of the log
log-key = Public keys
log-checkpoint = Newest checkpoint
log-how = To check it all yourself, run this where Vouchsafe is installed:
log-waiting = The log has no entry yet. It follows the record within seconds.
page-not-found = There is no such page.
filings-no-due = Quarterly; the statute names no day

# When a duty is due, by the pack's word
due-at_once = at once
due-before = before it is done
due-as_soon_as_practicable = as soon as practicable
due-on = by { $day }

# What looks as if a law was not kept
finding-done-though-barred = This was done although the answer was no.
finding-done-while-open = This was done while counsel or facts were still missing, and no written basis is named.
finding-done-without-asking = This was done and nobody asked the gate about it.
finding-disclosed-though-refused = Information was given although the request was refused.
finding-disclosed-without-request = Information was given and no request for it was recorded.
finding-held-past-release = A person was kept past release and no answer permitted it.
finding-transferred-without-request = A person was handed over and no request for it was recorded.
finding-recorded-late = This was written down days after it happened.
