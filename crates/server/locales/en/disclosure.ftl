### What is told outside an agency: proposals, approvals, the hard stop, and three lists.

nav-disclosures = Disclosures
entry-proposed = Disclosure proposed
entry-agreed = Counsel agreed
entry-ruled = Disclosure approved, refused or taken back
entry-stopped = Stopped: sealed record

## On the page of a request

disclose-title = Disclosures
disclose-why = A screenshot, a copy, an alert, a live location and “just confirm custody” are each a disclosure. Each needs the written approval of your agency’s privacy officer before it is made (§ 23-1202(c)). Where it was exigent the section asks for a report to the Chief Privacy Officer instead: record what was done, and tell the privacy officer.
disclose-none = Nothing was proposed about this request.
disclose-link = Propose a disclosure
disclose-told-to-counsel = Your proposal is recorded. It tells nobody anything yet. It waits for your agency’s counsel, and then for the privacy officer’s approval.
disclose-told-to-officer = Your proposal is recorded. It tells nobody anything yet. It waits for the approval of your agency’s privacy officer.
disclose-told-ruled = Your word is recorded.
disclose-told-stopped = Stopped. What stands in a sealed record is neither proposed nor approved here.
disclose-told-first = Somebody else’s word came first and stands. Below is what happened.

## The proposal

disclose-propose-title = Propose a disclosure
disclose-propose-why = This asks for leave and tells nobody anything. Where the gate’s answer is for counsel, your agency’s counsel reads it first; then its privacy officer. You cannot approve it yourself.
disclose-to = Would be told
disclose-answers = What the gate answered
disclose-information = What would be told?
disclose-form = In what form?
disclose-ground = On which ground?
disclose-ground-authorised = The person, or a parent or guardian, authorised it in writing.
disclose-ground-mission = It furthers the mission of the agency.
disclose-ground-required = A law or a treaty requires it.
disclose-routine = Is it of a type that was approved in advance as routine?
disclose-routine-why = What is for immigration enforcement, or names no statute, is never routine. The proposal goes to the privacy officer either way: that is this product’s practice.
disclose-sealed = Does any of it stand in a sealed criminal record?
disclose-sealed-why = Look before you answer. If it does, everything stops here.
disclose-reason = Why should it be told?
disclose-button = Send it for approval
disclose-incomplete = Say what would be told, in what form, on which ground, whether a record is sealed, and why.
disclose-look-first = Find out first whether the record is sealed. Until somebody has looked, nothing can be proposed.

disclose-not-asked = The gate was not asked about telling this requester anything of this kind, so there is no answer that a proposal could rest on. Ask the gate and record it first.
disclose-barred = The gate’s answer is no. What is barred cannot be proposed. If nothing but the privacy officer’s approval is missing, ask the gate again about this and answer “{ answer-unknown }” where it asks for that approval.
disclose-unagreed = The answer is now for counsel, and it was approved without counsel. Propose it again.
disclose-at-the-gate = Ask the gate

stop-title = Stop: a sealed record
stop-sentence = Somebody said that what is asked for stands in a sealed criminal record. Nobody can propose or approve telling any of it, in any role.
stop-law = Sealed criminal records: CPL § 160.50 and the like. This product has not read these sections; that everything stops is its own practice, and counsel answers.
stop-do = Give nothing. Do not say whether there is a record. Call counsel.
stop-recorded = This stop is in the record and holds for the whole request.
stop-back = Back to the request

## Where a proposal stands

standing-waits-for-counsel = Waits for counsel
standing-waits-for-officer = Waits for the privacy officer
standing-approved = Approved, not yet made
standing-done = Made
standing-refused = Refused
standing-withdrawn = Taken back
standing-void = Void
standing-of = { $day }: { $information } · { $form } · to { $to }
standing-by = Proposed by { $who }
standing-why = Why: { $why }
standing-ground = Ground: { $ground }
standing-routine = Of a routine type: { $answer }
standing-agreed = Counsel agreed ({ $who }): { $opinion }
standing-ruled-approved = Approved by { $who }: { $reason }
standing-ruled-approved-silent = Approved by { $who }.
standing-ruled-refused = Refused by { $who }: { $reason }
standing-ruled-refused-silent = Refused by { $who }, who gave no reason.
standing-ruled-withdrawn = Taken back by { $who }: { $reason }
standing-ruled-withdrawn-silent = Taken back by { $who }.
standing-void-sealed = A record is sealed.
standing-void-barred = The gate’s answer is now no.
standing-void-not-asked = No answer of the gate carries it.
standing-void-unagreed = The answer is now for counsel.

rule-approve = Approve
rule-refuse = Refuse
rule-agree = Agree, as counsel
rule-withdraw = Take it back
rule-reason = Reason (needed to refuse)
rule-opinion = Your opinion, in writing
rule-approve-means = You approve exactly this: these types, in this form, to this requester, once. An approval does not expire; this product knows no law that says so.
rule-reason-missing = Give a reason: whoever proposed it must know why not.
rule-opinion-missing = Write down what you agree to and why.
rule-not-now = This proposal does not wait for that: it stands as “{ $standing }”.
rule-no-proposal = There is no such proposal about this request. Go back to the request and begin there.

done-approval = The approval that it rests on
done-approval-none = None was given
done-approval-hint = Filled in below from the approval. Change it where something else was really told.
done-approval-other = Approved and not yet told: { $what }. Fill in from that approval.
done-to = To: { $to }
deed-told = { $information } · { $form }
standing-tell = Say that it was told

## The list

disclosures-title = Disclosures
disclosures-why = What somebody proposed to tell outside an agency, and what became of it. What was told without an approval is in the list of possible violations.
disclosures-alone = To propose something that nobody asked for, begin at the gate, under “Something else”: “{ $act }” Record it, and propose it from its page.
disclosures-mine = Waiting for you
disclosures-mine-none = Nothing waits for you.
disclosures-state = Show
disclosures-state-all = All of them
disclosures-count = How many, by where they stand
disclosures-each = Each, the newest first
disclosures-none = There is none.
disclosures-when = Proposed
disclosures-what = What
disclosures-stands = Stands
disclosures-agency = Agency
disclosures-every-agency = Every agency that you see
disclosures-cut = The newest { $listed } are listed; the count above is of all.

## What shows in the record

finding-disclosed-without-approval = Information was given and no approval of the privacy officer that holds is named. If it was exigent, § 23-1202(d) asks for a report to the Chief Privacy Officer.
finding-disclosed-otherwise = More was told, in another form or to somebody else, than the privacy officer approved.
finding-disclosed-before-approval = Information was given before the privacy officer approved it.
finding-disclosed-though-sealed = Information was given although it was said before that it stands in a sealed record.

## The notice to a pupil’s parent

deed-notice-given = The parent was told of the request
deed-notice-barred = The parent was not told, since telling is forbidden
done-if-notice = If the parent was told, or may not be
done-legal-help = The parent and the pupil were given what they need to find legal help
done-barred-by = What forbids telling the parent?
barred-by-law = A law
barred-by-order = An order of a judge
barred-by-subpoena = A subpoena that was lawfully issued
done-barred-by-what = Write down under “written basis” which law, order or subpoena forbids telling the parent. Counsel confirms it: the notice is not dropped at the desk.

## Lists: parents told, entry refused, surveillance data

lists-title = Lists
lists-link = Lists: parents told, entry refused

notices-title = Parents told
notices-why = On any request of law enforcement that is not local for a pupil or a pupil’s records the Department of Education tells the parent, unless a law, a judge’s order or a lawfully issued subpoena forbids it, and gives what is needed to find legal help (§ 21-977(e)).
notices-none = No request about a pupil is on record.
notices-stands = Notice
notices-missing-count = Still missing:
notice-missing = Nothing recorded yet
notice-without-help = Told, without legal help
notice-given = Told, with legal help
notice-barred = Not told: { $by }. Counsel confirms it.

refusals-title = Entry refused
refusals-why = Refusals of entry to non-public areas of city property (§ 4-210(b)), by site. The section does not ask for this list: it is this product’s own practice, after the questions of the city’s memo to its staff of January 2025.
refusals-none = No refusal of entry is on record.
refusals-site = Site: { $site }
refusals-no-site = No site was written down
refusals-day = Refused
refusals-paper = Paper shown
refusals-no-paper = None
refusals-decided = Decided by

## Surveillance data (§ 14-188(g))

entry-tracked = Surveillance data left the police
tracker-title = Surveillance data given to outside bodies
tracker-why = The Police Department documents each time that data of surveillance technology goes to an outside body, with name and date (§ 14-188(g)). Other governments are exempt; every provision to ICE or CBP is documented, except in a criminal investigation, to a task force in which they take part, where the data is not under the department’s sole control. A line here permits nothing: whether data may be given is the gate’s to answer.
tracker-told = The line is recorded.
tracker-period = Which days?
tracker-from = From
tracker-through = Through
tracker-provided = Data that was given
tracker-access = Who has direct access
tracker-none = There is no line for these days.
tracker-missing = Given on record, with no line here
tracker-missing-why = What was done about these requests says that such data, or other information, was given to ICE or CBP.
tracker-missing-none = None: of every request that the record says was answered with such data, there is a line.
tracker-name = Name
tracker-on = Date
tracker-asked = Does the section ask for it?
tracker-extent = Extent
tracker-dates = Dates
tracker-lasts = { $from }, still
tracker-lasted = { $from } to { $until }
tracker-asked-required = Yes
tracker-asked-outside = No: another government, or the exception
tracker-asked-not-known = Not known: ask counsel
tracker-csv = The same as CSV
tracker-record = Record a line
tracker-kind = What is it?
tracker-kind-provided = Data was given
tracker-kind-access = Direct access
tracker-body = Name of the outside body (never a person’s)
tracker-to = Which authority is it?
tracker-no-government = It is no government
tracker-request = The request that it answered, by its id, if there was one
tracker-day = On which day? For access: from which day on
tracker-until = Access ended on (leave empty while it lasts)
tracker-task-force = For a criminal investigation, to a task force in which ICE or CBP take part?
tracker-sole-control = Is the data under the department’s sole control?
tracker-extent-of = Access: into what?
tracker-by = Who says so
tracker-button = Record the line
tracker-incomplete = Give the name of the outside body, the day and who says so; for access also into what.
tracker-no-request = No request of this agency has the id “{ $id }”.
tracker-ended-before = Access cannot end before it began.
tracker-not-yours = These lines are the Police Department’s; the Law Department and oversight see them.
