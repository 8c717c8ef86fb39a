# Sentences of the desk's pages. Plain words, short, to be read while somebody waits at the desk.

desk-name = Vouchsafe
skip-to-content = Skip to content
nav-label = Pages
nav-gate = Ask
nav-requests = Requests
nav-filings = Filings
nav-log = Log
nav-people = People
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
sign-in-with-passkeys = People sign in here with passkeys now. Restart the server without its development sign-in.
sign-in-unsent = You were signed out, and what you sent just now was not recorded. Sign in and send it again. If you had sent it before, look first whether it is on the list.
sign-in-name-fault = Write a name of 1 to 80 letters.
role-desk = Desk
role-supervisor = Supervisor
role-counsel = Counsel
role-privacy-officer = Privacy officer
role-records = Records
role-law-department = Law Department
role-oversight = Oversight
role-administrator = Administrator
access-refused = Your role ({ $role }) does not do this here. Ask someone whose role does, or the administrator of your agency.

# Sign-in with passkeys
passkey-title = Sign in
passkey-why = Sign in with the passkey that you enrolled on this device or on a security key. There is no password.
passkey-no-script = Passkeys need JavaScript, on this page alone. Switch it on for this address and open the page again.
passkey-button = Sign in with a passkey
passkey-ended = That took too long, or was sent twice. Try again.
passkey-unknown = This passkey opens nothing here. Use another one, or ask your administrator for a new link.
passkey-roleless = You have no role here at present. Ask the administrator of your agency.
passkey-cloned = There may be a second copy of this passkey, so it was revoked. Tell your administrator, and ask for a new link.
passkey-failed = Something went wrong on our side. Try again. If it happens again, call your administrator.
passkey-unable = This browser has no passkeys. Use a current one, or ask your administrator for a security key.
passkey-cancelled = No passkey was used. Press the button again when you are ready.
enrol-title = Create your passkey
enrol-why = This link works once. Your device asks for your face, your finger or its code, and keeps a passkey that only you can use. There is no password.
enrol-no-script = Passkeys need JavaScript, on this page alone. Switch it on for this address and open your link again. The link stays good until you have used it.
enrol-button = Create my passkey
enrol-used = This link was used before, has been replaced, or is older than a day. Ask your administrator for a new one.
enrol-ended = That took too long, or was sent twice. Try again.
enrol-unknown = The device’s answer could not be checked. Try again, or use another device.
enrol-failed = Something went wrong on our side. Try again. If it happens again, call your administrator.
enrol-unable = This browser has no passkeys. Use a current one, or ask your administrator for a security key.
enrol-cancelled = No passkey was created. Press the button again when you are ready.

# People
people-title = People
people-why = Who signs in, and in what roles. Every change is an entry of the record.
people-none = Nobody signs in yet.
people-nobody = Nobody signs in yet. To add somebody: vouchsafe people add.
people-name = Name
people-agency = Agency
people-roles = Roles
people-passkeys = Passkeys
people-add = Add somebody
people-add-why = They will be of { $agency }, without a role until you give one.
people-add-button = Add
people-back = Everybody
people-not-found = There is nobody with this id.
people-no-role = No role: they cannot sign in.
people-role = Role
people-site = At this site alone (optional)
people-give = Give this role
people-take = Take this role
people-take-this = Take this role: { $role }
people-no-passkey = No passkey yet.
people-passkey = Passkey { $number }, since { $day }
people-revoke = Revoke
people-revoke-this = Revoke { $passkey }
people-invite-why = A link to create a passkey works once, for a day. Hand it to the person yourself, and to nobody else.
people-invite = Make a link
people-end = End all their sessions
people-link = This is the link. It is shown once. Open it on the device that keeps the passkey:
people-changes = Changes
people-moved = Somebody else changed this meanwhile. Look again, and repeat what you still want.
people-beyond-site = You act at one site alone, and this belongs to the whole agency. An administrator of the whole agency does it, or whoever runs the server, with “vouchsafe people”.
people-beyond-role = A role that reaches every agency is neither given nor taken here. Whoever runs the server does it, with “vouchsafe people”.
people-beyond-keys = They act for more than your agency. Whoever has a link for them can act as they do, so nobody changes their links, sessions and passkeys here but they themselves. Whoever runs the server does it, with “vouchsafe people”.
people-nothing-changed = It is so already. Nothing was changed.
change-added = Added
change-role-given = Role given: { $role }
change-role-taken = Role taken: { $role }
change-invited = Link to create a passkey made
change-enrolled = Passkey created
change-revoked = Passkey revoked
change-sessions-ended = Sessions ended
change-cloned = A passkey was refused: there may be a second copy of it
change-by-command = { $who }, at the command line
account-title = Your account
account-role = Your role now
account-act = Go on as { $role }
account-add-why = Keep a second passkey on another device, for the day on which this one is lost.
account-add = Make a link for another passkey
account-sessions = Sessions
account-end = Sign out everywhere
account-not-yours = That is not yours to change. Nothing was changed.

# Refusals
refused-title = This did not work
back-to-gate = Back to the start
other-site = This form came from another site. Nothing was done.
other-host = This page was called by a name that is not its own. Open it at http://{ $address } on this machine.
status-400 = The browser sent something that this page cannot read. Go back and try again.
status-404 = There is no such page.
status-405 = This page cannot be used in that way. Start again from the list.
status-413 = The form is too long. Nothing was recorded. Go back and shorten what you wrote.
status-415 = The form was not sent by one of our pages. Nothing was recorded.
status-422 = A part of the form is missing or cannot be read. Nothing was recorded. Go back and fill it in again.
status-other = This did not work. Nothing was recorded.
form-too-long = “{ $field }” has { $length } characters. At most { $most } can be kept. Nothing was recorded: shorten it.
form-not-on-list = “{ $field }”: choose from the list. Nothing was recorded.
form-no-day = “{ $field }”: write a day, such as 2026-06-15.
form-no-time = “Time”: write a time of day, such as 14:05, or leave it empty.
form-time = At what time? (if you know; left empty: now, or some time that day)
form-future = “{ $field }”: that is later than it can be.
form-future-time = “Time”: that is later than now. Check the day and the time.
form-too-early = “{ $field }”: days before { $year } cannot be recorded.
asked-too-long = The form has more than { $most } fields. Start again from the list.
asked-unknown = “{ $value }” is no { $field } that the law pack knows. Start again from the list.
asked-no-field = “{ $name }” is no field of this form. Start again from the list.
asked-value = “{ $value }” cannot be the answer to “{ $name }”. Start again from the list.
asked-paper-and-none = “No paper” and a paper were chosen together. It cannot be both: choose again. Nothing was recorded.
asked-field-agency = agency
asked-field-act = act
asked-field-requester = requester
asked-field-statute = statute
asked-field-document = paper
asked-field-fact = fact
source-desk = the desk
source-situation = what came in, as the desk chose it at first
source-papers = the papers shown
source-no-order = no court’s order among the papers shown
source-nobody = nobody has shown one; counsel can say otherwise
internal-fault = Something went wrong on our side. Nothing was recorded. Treat the answer as no, and call counsel. Fault number { $number }.

# The gate
gate-title = What is happening?
gate-emergency = If somebody is in danger, act first. Record it afterwards.
gate-other = Something else
gate-other-act = What are you asked to do?
gate-continue = Continue
gate-answer-now = Answer with what is known
gate-back = Change the answer before
gate-answered = What you answered
gate-answered-no-paper = None of these
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
outcome-fault = The program could not work this out. So the answer is no, and counsel must look at it.
read-until = The law was read up to { $day }. This answer is for a later day: what changed since is not in it. Ask counsel what has changed.
holds-yes = Met:
holds-no = Not met:
holds-unknown = Not known:
fact-holds-yes = (so this is met)
fact-holds-no = (so this is not met)
fact-holds-unknown = (so this is not known)
outcome-not_yet_known-means = Facts are missing that could change the answer. Until they are known, the answer is no.

say-title = Say this
do-title = Do this
do-not-title = Do not do this
call-title = Call this person
call-who = The counsel or privacy officer of { $agency }, at any hour
call-not-configured = No telephone number has been set up for this agency. Use your agency’s list.

say-barred = City law does not let me do that. I am writing your request down. Please give me your name, your unit and the papers you have.
say-permitted = I am writing your request down. The person who decides will answer you.
say-escalate = I cannot answer that myself. I am calling counsel now. Please wait, or leave a number.
say-required = We will do what the law asks of us.
say-outside = I am writing your request down. It will go to the right person.
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

do-not-door-escalate-no-paper = Do not block, touch, hide anybody, or lie. Do not open a door for them.
do-not-door-permitted-no-paper = Do not show rooms or people that the purpose does not need.
do-not-door-exigent = Do not block, touch, hide anybody, or lie. Do not ask them to stop for a paper.
do-not-door-public = Do not open any other door. Do not point out people, and do not say who lives or comes here.
do-not-door-outside = Do not block, touch, hide anybody, or lie. Do not collect or give immigration status.
do-not-door-barred = Do not block, touch, hide anybody, or lie. Do not open a door for them.
do-not-door-escalate = Do not block, touch, hide anybody, or lie.
do-not-door-not_yet_known = Do not block, touch, hide anybody, or lie. Do not open a door for them.
do-not-door-permitted = Do not show rooms or people that the paper does not name.
say-information-barred = I may not give that information. I am passing your request to our privacy officer.
do-information-barred = Send the request to the privacy officer. Tell your supervisor. Record the request here.
do-not-information-barred = Do not confirm, send, copy or hint at anything, and set no alert.
say-custody-barred = City law does not let us hold a person or tell you of a release on this paper. I am writing your request down.
do-custody-barred = Release on time, as if the detainer had not come. Record the detainer here.
do-not-custody-barred = Do not hold the person for any extra time. Do not tell anybody when or where the release happens.
say-hand-over-barred = I may not hand this person over to you. I am writing your request down. Please give me your name, your unit and the papers you have.
say-hand-over-escalate = I cannot hand anybody over myself. I am calling counsel now to read your paper. Please wait here.
say-hand-over-not_yet_known = I cannot hand anybody over on what I have seen so far. Please show me the paper, and who signed it.
say-hand-over-permitted = I see the paper. Counsel and the person in charge decide. Please wait here until I have the answer.
do-hand-over-barred = The person stays with us, or goes free, as if nobody had asked. Copy the papers. Tell your supervisor. Record the request here.
do-hand-over-escalate = Copy or photograph the paper. Call counsel at once. The person stays where they are until counsel has answered. Record the request here.
do-hand-over-not_yet_known = Ask for the paper and look at who signed it. Call counsel. Record the request here.
do-hand-over-permitted = Let counsel read the paper. Write down the basis, who decided and when, before anybody is handed over. Look again after 30 days.
do-not-hand-over-barred = Do not bring the person to a door, a car or a meeting place. Do not tell them where the person is or goes.
do-not-hand-over-escalate = Do not bring the person out. Do not say yes or no. Do not say where the person is.
do-not-hand-over-not_yet_known = Do not bring the person out. Do not do it “just this once”.
do-not-hand-over-permitted = Do not hand over anybody without a written basis. Do not go beyond what the paper says.

why-title = Why
layers-caption = { $act }: the answer of each layer of law
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
record-requester = Who asked?
record-choose = Choose from the list
record-requester-unknown = Not known. They did not say, or it cannot be made out.
record-requester-missing = Say who asked. If that is not known, choose “Not known”.
record-information-missing = Say which information they asked for.
record-go = Go to the form.
record-more = More, if you have it
record-reasons = What the boxes on the detainer say
record-reasons-hint = Copy what is ticked on the paper. It is what they claim. Ask nobody about it.
reason-belief = Reason to believe that the person may be removed
reason-proceedings = Proceedings begun, and a charging document served
reason-warrant = A warrant of arrest for removal proceedings served
reason-order = An order of removal obtained
reason-other = Another reason
reason-ground-a = The form claims a return after an earlier removal
record-lodged = Day on which the detainer came, if it was an earlier day
record-person = Your agency’s number of the person (booking or case number)
record-person-hint = The number itself is not kept. It becomes a key, so that filings count a person once. Never write a name here.
record-person-fault = Write the number of the person: digits and single letters, at least three digits. A name cannot be used.
record-received = Day on which they asked
record-channel = How did they ask?
channel-unknown = Not said, or not known
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

request-title = One request
request-not-found = There is no such request in your agency’s record. Check the number.
request-recorded = Recorded. The record and the log keep it.
request-refused = Nothing was recorded. What stands below was there before.
why-not-term = It is not so: { $term }
request-facts = What was taken down
request-channel = How they asked
request-statute = Law that it is about, as they named it or as what came in says
request-statute-unknown = Not said, or not known
request-papers = Papers that they showed
request-information = Information asked for
request-lodged = Detainer came on
request-reasons = The detainer says
request-person = Key of the person
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
deed-not-honored = The detainer was not honored
deed-honored = The detainer was honored
deed-withdrawn = The detainer was taken back
deed-held-without-detainer = The person was kept past release, with no detainer
deed-followed-up = We looked whether a federal charge was filed
done-decided-by = Who decided
done-basis = Written basis, for example the number of a judge’s warrant
done-button = Record what was done
done-incomplete = Choose what was done, and say who decided.
done-more = More, if you have it
done-on = Day on which it was done
done-if-information = If information was given
done-information = Information that was given
done-information-missing = Say which information was given.
done-form = In what form?
form-unknown = Not known
form-spoken = Spoken, also “just confirming”
form-written = Written
form-copy = A copy, or a picture of a screen
form-alert = An alert
form-location = Where somebody is, as it changes
form-system = Sight of a system, or an account in it
done-facilitated = Did your agency help with taking the person over?
facilitated-unknown = Not known
facilitated-yes = Yes
facilitated-no = No
done-if-custody = If the person was held, released or handed over
done-due = When release was due
done-until = When the hold ended
done-ended = How the hold ended
done-ended-before = The hold ends before release was due. Check both times.
ended-open = Not ended, or not known
ended-transferred = The person was handed over
ended-hours = The 48 hours ran out
ended-disavowed = They gave up their request
ended-released = The person was released for another reason
done-ground = The person was handed over
ground-detainer = On the detainer
ground-other = On another basis
done-search = What the search before release showed
search-none = No search, or its result is not known
search-clear = No conviction of a violent or serious crime, and no possible match in the terrorist screening database
search-match = No such conviction, but a possible match in the terrorist screening database
search-convicted = At least one conviction of a violent or serious crime
done-if-other = If other help was given
done-act = Which help
done-before-request = That day lies before the day on which they asked ({ $day }). Check both days.

# What would contradict the record
contradiction = Two lines of this request do not fit together, and a filing that counts them waits until one is put right.
wrong-no-request = This is about a request that is not in the record.
wrong-honored-after-all = The detainer is recorded as not honored or taken back, and also as acted on (held, told of release, handed over). If one of the two is a mistake, say so under “What was really done”.
wrong-no-detainer = No detainer is recorded with this request, so nobody can be held or handed over on one. If a detainer came, record it first: choose “An immigration detainer came” at the start.
wrong-hold-and-transfer = How the hold ended and whether the person was handed over do not agree. Record the handing over first, or say that the earlier entry was a mistake.
wrong-two-persons = The request and what was done about it name two persons.
wrong-before-lodging = The person would be handed over on a detainer before it came. Check the days.
wrong-sum = The lines of a table do not add up. This is a fault of the program.

# Putting an entry right
correct-title = This entry was a mistake
correct-why = The entry stays in the record. A new entry says that it was wrong, and filings leave it out and say so.
correct-reason = What was wrong with it
correct-by = Who says so
correct-button = Record that it was a mistake
correct-incomplete = Say what was wrong, and who says so.
correct-no-deed = There is no such entry here. Only what was done can be corrected.
correct-said = A mistake, says { $who }: { $reason }

# What came of a form
told-kept = It is recorded, and stands on this page.
told-before = This form was recorded before. What it said then stands, and nothing was added. To record something else, use the form on this page.
told-together = Somebody else recorded what was done about this request while you were writing. Both lines stand. Read them, and if one is a mistake, say so under “What was really done”.
told-changed = With what you added, the answer is not the one that the page before showed. Read it again.
entries-title = Entries and their place in the log
entries-why = Each entry has a sealed fingerprint in a public log that nobody can rewrite unseen. The log holds nothing else.
entry-requested = Request
entry-decided = Answer
entry-guided = What the guide said offline
entry-done = What was done
entry-fulfilled = A duty was done
entry-filed = Filing
entry-omitted = Left out of a filing
entry-funding = Federal money
entry-corrected = Correction
entry-read = Opened by someone
entry-read-by = Opened by { $who }, { $role }, { $agency }
entry-taken = List of requests taken as a file
entry-staff = Change of who may do what
entry-city = The city’s file in force
entry-erased = Erasure
entry-fault = Fault
entry-gone = Erased
entries-kind = Kind
entries-id = Entry
entries-leaf = Fingerprint
entries-proof = Proof

# Filings
filings-title = Filings
filings-why = The statutes ask for these publications. Each figure names the entries that it counts.
filings-section-of = § { $section }: { $agency }
filings-all-agencies = all agencies
filings-older = Older periods of § { $section }
filings-days = Days
filings-from-to = { $from } to { $to }
filings-running = still running
filings-period = Period
filings-due = Due
filings-back = All filings
filed-title = Filed
filed-none = Not in this city’s folder of filings
filed-later = Not before the period ends
filed-by = Signed by { $who }.
filed-nil = Nothing to count.
filed-form = { $form } of { $section } { $period }
filed-proof = Proof that the log has it
filed-not-there = There is no such file here, or it is not the one that was recorded. Make the filing again with “vouchsafe file”, or ask whoever signed it.
filings-preview = Computed now from the record. This is not the published filing. A figure with a line under it leads to the requests that it counts.
filings-no-period = There is no such filing. Choose a period from the list of filings.
figure-title = What this figure counts
figure-back = Back to the filing
figure-others = { $others ->
    [one] One entry is
   *[other] { $others } entries are
 } another agency’s and cannot be opened here.
figure-cut = The first { $listed } are listed.
contradicted-title = No filing under § { $section } for { $period }
contradicted-why = The record contradicts itself, so this filing cannot be made. Each entry below must be looked at. If one is a mistake, say so on the page of its request.
funding-title = Federal money for the cost of custody
funding-why = Section 9-131(f)(6) asks for what was asked for and received under 8 U.S.C. § 1231(i), known as SCAAP. A sum stated again for the same day replaces the one before.
funding-step = The money was
funding-requested = Asked for
funding-received = Received
funding-on = On which day
funding-dollars = Dollars, for example 125000.00
funding-dollars-fault = Write the sum in dollars and cents, for example 125000.00.
funding-button = Record this sum
funding-recorded = Recorded.
funding-not-yours = Only the privacy officer and the records officer of the Department of Correction state this sum.

# Log
log-title = The public log
log-why = Anybody can check that nothing was changed or left out. Each line of the log is a fingerprint of an entry and nothing else.
log-size = Entries in the log
log-root = Root of the tree
log-origin = Name of the log
log-key = Public keys
log-checkpoint = Newest checkpoint
log-overdue = At the end of { $through }: { $unopened ->
    [one] one resident’s report had
   *[other] { $unopened } residents’ reports had
 } come and not been opened; { $overdue } of them overdue, that is older than { $days ->
    [one] one day.
   *[other] { $days } days.
 } An unopened report is never deleted by time.
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
finding-done-though-refused = This was done although the request was refused, and no answer permitted it.
finding-disclosed-without-request = Information was given and no request for it was recorded.
finding-held-past-release = A person was kept past release and no answer permitted it.
finding-transferred-without-request = A person was handed over and no request for it was recorded.
finding-handed-over-without-basis = A person was handed over, perhaps to a federal authority, and no written basis is recorded.
finding-handed-over-by-one = A person was handed over, perhaps to a federal authority, and one official is named instead of two.
finding-taken-back = As it was recorded this would be a possible violation. Later somebody said that the entry was a mistake.
finding-recorded-late = This was written down days after it happened.
finding-late-days = ({ $days ->
    [one] one day
   *[other] { $days } days
 } later)
finding-late-hours = ({ $hours ->
    [one] one hour
   *[other] { $hours } hours
 } later)
finding-says = Entry that says so:
finding-against = entry that it differs from:
finding-provisions = the answer rested on { $provisions }
finding-practice = A record counts as late here from { $days ->
    [one] more than one day
   *[other] more than { $days } days
 } on, and a release from more than { $hours } hours on. That a hand-over has a written basis and two names is what the Department of Investigation asked of the police in December 2025; of hand-overs before then nobody is asked. These bounds are this product’s own practice, not a statute’s.

# An agency's own statement about a quarter
statements-heading = Quarterly statement: { $agency }
statements-name = Statement
statements-why = No law asks for this statement. It is this product’s own practice: an agency says each quarter what its record holds and what is open.
statement-preview = This is what your agency would state, as the record stands now. No law asks for it; it is this product’s own practice. Once the quarter has ended, a supervisor or the privacy officer of the agency signs it here with a passkey; unsigned, a named official states it with “vouchsafe statement”.

# The agency's possible violations
findings-title = Possible violations
nav-findings = Possible violations
nav-findings-count = ({ $count })
findings-link = Possible violations in the record
findings-back = All requests
findings-why = What the record says that does not fit together. None of it is a finding: what was typed may be wrong, counsel may have agreed by word of mouth. Named people look and decide. What is wrong is corrected on the page of its request, or on its own where it has none; then it is listed as taken back.
findings-none = Nothing in the record looks like a possible violation ({ $agency }). What nobody recorded is not seen here.
findings-none-of-kind = Nothing in the record looks like this ({ $agency }). What nobody recorded is not seen here.
findings-every-agency = Every agency that you see
findings-every-kind = All of them
findings-older = Older
findings-by-agency = How many, by agency
findings-counts = How many, by kind
findings-kind = What the record says
findings-count = How many
findings-all = All
findings-each = Each
findings-no-request = no request on record
