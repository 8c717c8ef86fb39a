# Duties with clocks, and hand-overs. Plain words; whatever no law says is said to be this product's own practice.

nav-duties = Duties
nav-overdue = ({ $count } overdue)

duties-heading = What your agency must do
duties-why = Each line says where it comes from: a law, or this product’s own practice. What is overdue comes first.
duties-back = Back to the duties
duties-kind = Which duty
duties-all-kinds = All duties
duties-all-agencies = All agencies
duties-of-the-city = The office that the mayor designates
duties-of-request = Duties about this request
duties-counts = { $open ->
    [0] Nothing is owed.
    [one] One duty is owed, { $overdue } overdue.
   *[other] { $open } duties are owed, { $overdue } overdue.
}
duties-cut = The first { $listed } are listed. Choose an agency or a duty to see the others.
duties-told-done = Recorded. The duty is done.
duties-told-owed = Recorded. What was said to be done was a mistake, and is owed again unless another entry says that it was done.
duty-before-it-began = This duty began on { $day }. Give that day or a later one; say in the note what was done before.
duties-told-back = Nothing was added: this entry makes no duty done. It was taken back before, or another entry came first.
duties-correct-why = The entry stays in the record. A new entry says that it was wrong, and the duty is owed again.
duties-said-heading = Said to be done, { $agency }
duties-said-cut = The newest { $listed } are listed. Choose a duty to see fewer kinds of them.
duties-practice-title = Which of these times are this product’s own
duties-practice-why = The laws that this product has read say “at once” or “as soon as practicable” and give no number. These numbers are this product’s own practice, so that a delay is noticed:
duties-practice-at-once = At once: { $number } hours to release a person, and to tell counsel or the Law Department.
duties-practice-shift = Within the shift: { $number } hours to tell the supervisor and to write up what happened.
duties-practice-practicable = As soon as practicable: { $number } hours to tell the privacy officer, to tell a parent and to give the list of legal help.
duties-practice-follow-up = { $number } days after a hand-over somebody looks whether a federal charge was filed.
duties-practice-quarter = { $number } days after the end of a quarter to state it, and to file where the law names no day.
duties-practice-signs = Signs under Local Law 114 of 2026: which agencies the law covers is in a section that was not read. Ask counsel whether it covers yours.

duty-released-now = Release the person now
duty-supervisor-told = Tell the supervisor
duty-counsel-told = Tell counsel
duty-law-department-told = Tell the Law Department
duty-privacy-officer-told = Tell the privacy officer
duty-parent-told = Tell the parent of the student
duty-legal-help-given = Give the parent the list of legal help
duty-written-up = Write up what happened at the door
duty-followed-up = Look whether a federal charge was filed after a hand-over
duty-filed = Make the filing
duty-stated = State the quarter
duty-signs-posted = Post the signs and mark the areas that are not public
duty-sites-reported = Report the sites with signs to the Mayor’s Office of Immigrant Affairs

duty-state-overdue = Overdue
duty-state-open = To do
duty-state-done = Done
duty-state-no-longer = Not owed any more
duty-due = By { $due }, since { $began }.
duty-done-by = On { $on }, by { $who }.
duty-done-on = On { $on }.
duty-no-longer-since = Since { $on }: a later answer does not ask for it, or the person is no longer here.
duty-was-late = It was late: due by { $due }.
duty-not-certain = It may be owed: something is not known yet, or a text was not read. It counts until that is settled; ask counsel.
duty-practice = No law that was read asks for this; it is this product’s own practice.
duty-hours = No law names the hours; { $hours } are this product’s own practice.
duty-days = No law names the days; { $days } are this product’s own practice.
duty-request = Request { $request }
duty-to-filing = To the filing
duty-to-statement = To the statement
duty-say-done = This is done: { $duty }
duty-by = Who did it
duty-on = Day
duty-note = Who was told, or what was done (if you have it)
duty-button = Record that it is done
duty-incomplete = Say who did it.
duty-not-owed = This duty is not owed here. Look at the list again.
duty-was-said = Recorded: { $duty }, on { $on }, by { $who }

hand-overs-link = Hand-overs of a person
hand-overs-title = Hand-overs of a person
hand-overs-why = Each hand-over is a record of its own, with its written basis and two names. After 30 days somebody looks whether a federal charge was filed. No law that was read asks for this; the Department of Investigation did in 2025, and it is this product’s own practice. The list names nobody.
hand-overs-which = Show
hand-overs-all = All hand-overs
hand-overs-overdue = Nobody looked in time
hand-overs-open = The 30 days run
hand-overs-looked = Looked after
hand-overs-incomplete = Without written basis or second name
hand-overs-count = { $count ->
    [0] No hand-over is on record here.
    [one] One hand-over is on record here.
   *[other] { $count } hand-overs are on record here.
}
hand-overs-match = { $count ->
    [0] None of the hand-overs on record here is one of these.
    [one] One of the hand-overs on record here is one of these.
   *[other] { $count } of the hand-overs on record here are of these.
}
hand-overs-part = Listed here: { $first } to { $last }, the newest first.
hand-overs-older = Older hand-overs
hand-overs-newer = Newer hand-overs
hand-overs-from = By
hand-overs-to = To
hand-overs-papers = Papers
hand-overs-look = Was a charge filed?
hand-overs-of-request = Hand-overs about this request

hand-over-legend = If the person was handed over
hand-over-why = The paper that it rests on, a second official, and the place. Without them it shows as a possible violation.
hand-over-basis = Written basis
hand-over-no-basis = No paper, or not known
hand-over-number = Number on the paper
hand-over-issuer = Who issued it (court or officer)
hand-over-dated = Day on the paper
hand-over-second = Second official
hand-over-site = Where the person was handed over
hand-over-which-paper = You gave a number, an issuer or a day. Say which paper they are of.
hand-over-same-name = The second official is the one who decided. Name another person, or leave it empty.
hand-over-without-basis = Without written basis recorded.
hand-over-by-one = Without second name recorded.
hand-over-whole = Written basis and two names are recorded.
hand-over-line = { $on }, to { $to }:
done-basis-short = Written basis

## Done with no request in the record
unasked-hand-over = A person was handed over, and no request is in the record
unasked-disclosure = Information was given, and no request is in the record
unasked-request-first = If somebody asked, record the request first, and say on its page what was done. This form is for what nobody asked for on record. What it says shows as a possible violation.
unasked-to-the-gate = Record the request at the gate
unasked-to = To whom
unasked-papers = The papers of the hand-over
unasked-incomplete = Say to whom, and who decided.
unasked-other-site = You record for one site ({ $site }). What was done elsewhere is recorded by somebody of that site or of the whole agency. Nothing was recorded.
unasked-told = It is in the record, and shows as a possible violation. Named people look at it and decide.
unasked-title = Done with no request in the record
unasked-facts = What was recorded
unasked-asked-after-all = If somebody had asked after all: record the request, say on its page what was done, and say here that this entry was a mistake. That it was taken back stays to be looked at.
unasked-duty = The hand-over, which has no request in the record
unasked-disclosures = Given with no request in the record
unasked-disclosures-count = { $count ->
    [one] Information was given once with no request in the record.
   *[other] Information was given { $count } times with no request in the record.
}
deed-not-found = There is no such entry in your agency’s record. Check the number.

look-title = Say whether a federal charge was filed
look-charge = Was a federal charge filed?
charge-yes = Yes
charge-no = No
charge-unknown = We looked, and could not find out
look-source = Where you looked, for example the court’s docket
look-by = Who looked
look-on = Day
look-button = Record the look
look-incomplete = Say what you found, where you looked, and who looked.
look-no-hand-over = There is no such hand-over here.
look-before-hand-over = That day lies before the hand-over ({ $day }). Check the day.
look-yes = Looked after: a federal charge was filed.
look-no = Looked after: no federal charge was filed.
look-unknown = Looked after: whether a charge was filed could not be found out.
look-overdue-early = It was looked too early to say no, and nobody has looked again; due { $due }.
look-where = Where they looked
look-overdue = Nobody has looked whether a charge was filed; due { $due }.
look-open = To be looked after by { $due }.
look-too-early = Looked too early to say no. Look again on { $due }.
look-not-asked = No look is asked for: it was before December 2025, or not to a federal authority.

# The reminder by mail: counts and a link, nothing about a person
reminder-subject = { $overdue ->
    [0] Duties to do
    [one] Duties to do, one overdue
   *[other] Duties to do, { $overdue } overdue
}
reminder-subject-without-duties = The record has something to look at
reminder-begins = { $open ->
    [one] One duty is to be done, { $overdue } overdue.
   *[other] { $open } duties are to be done, { $overdue } overdue.
}
reminder-line = - { $duty }: { $open }, { $overdue } overdue
reminder-found = { $count ->
    [one] { $count } possible violation is in the record.
   *[other] { $count } possible violations are in the record.
}
reminder-undone = { $count ->
    [one] Of { $count } request that came { $days } days ago or earlier no entry says what was done.
   *[other] Of { $count } requests that came { $days } days ago or earlier no entry says what was done.
}
reminder-undone-practice = The { $days } days are this product’s own practice, no law’s.
reminder-line-found = - Possible violations: { $count }
reminder-line-undone = - Requests of which no entry says what was done: { $count }
reminder-link = Sign in to see which: { $link }
reminder-ends = This message has counts alone. Please answer nothing about a case by mail.
