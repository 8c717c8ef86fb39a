# Sentences of the filings under §§ 9-131(f), 14-154(f), 9-205(f) and 10-178(d). Counts stand in tables; these are the
# words around them. $who is correction, police, probation or resources; or statement, an agency's own, which no law asks for.

filing-title = { $who ->
    [correction] Civil immigration detainers and requests for information: Department of Correction
    [police] Civil immigration detainers and requests for information: Police Department
    [probation] Civil immigration detainers and requests for information: Department of Probation
    [statement] Statement of an agency about a quarter: requests by outside authorities
   *[resources] Requests for support of immigration enforcement, and what the City did
 }
filing-under = Filed under
filing-under-value = { $who ->
    [statement] No law: this product’s own practice
   *[other] New York City Administrative Code § { $subdivision }
 }
filing-addressee = Addressed to
filing-addressee-value = { $who ->
    [resources] The Speaker of the Council
    [statement] Whoever the agency answers to
   *[other] The public, on the agency’s website
 }
filing-agency = Agency
filing-agency-all = All agencies; filed by the office that the Mayor designates
filing-period = Period
filing-period-value = { $from } to { $to } ({ $name })
filing-due = Due
filing-due-none = { $who ->
    [statement] Once a quarter, by this product’s own practice; no law sets a day
   *[other] Once a quarter; the statute sets no day
 }
filing-source = Source
filing-source-value = The City’s own record of outside requests: { $entries ->
    [one] one entry
   *[other] { $entries } entries
 } about { $requests ->
    [one] one request
   *[other] { $requests } requests
 }
filing-pack = Law pack
filing-pack-value = { $id }, version { $version }, SHA-256 { $sha256 }
filing-pack-none = No decision stands behind these counts
filing-reading = { $who ->
    [statement] No law asks for this statement. It is this product’s own practice: an agency states what its record holds.
   *[other] This is the City’s reading of the law. The statute prevails.
 }
filing-exact = { $who ->
    [statement] Counts are exact. None is rounded or left out.
   *[other] Counts that the statute asks for are exact. None is rounded or left out.
 }
filing-notes = Notes
filing-check = How to check this filing
filing-check-text = { $bound ->
    [not-checked] Every figure was counted from an export of the City’s record that was not checked against the City’s transparency log: entries may be missing from it, or may have been changed.
    [own-key] Every figure was counted from an export of the City’s record. Each entry is bound by a commitment in the log that came with it, and that log was checked only with the key that came with it.
   *[log] Every figure was counted from entries of the City’s record, and each entry is bound by a commitment in the City’s transparency log.
 } The file { $entries } names, for each figure, the entries that it counts and the commitment of each; it is for the privacy officer and for whoever has a right to inspect the record, since published it would show who stands in several tables at once. Its SHA-256 is { $entrieshash }. The file { $json } is this filing for machines; its SHA-256 is { $jsonhash }. The entry that records this filing holds that number; { $filed }, published beside it once it is filed, opens that entry, so that anyone can see that the log has held it since.
filing-check-json = The SHA-256 of the file that names the entries behind each figure is given here, so that nobody can change it later. Whoever holds an export of the record can count again: vouchsafe { $who ->
    [statement] statement --agency { $agency } --quarter { $name }
   *[other] file { $section } --period { $name }
 }{ $sources } --from-export EXPORT --key LOG.VKEY --out DIR checks the export against the log and gives the same bytes{ $who ->
    [statement] , with the same number of unrecorded contacts where one was stated
   *[other] {""}
 }.
filing-check-signed = Whether an official signed this statement, who, when and with what, stands in { $signatures } and in the other forms. What they sign with a passkey is the SHA-256 of { $json }; vouchsafe verify checks every such signature in the record or in an export of it.
filing-signed = Signature
filing-signed-passkey = Signed with a passkey by { $name } ({ $role }, { $agency }) on { $day } at { $time }
filing-signed-none = Not signed
filing-page = Page { $page } of { $pages }
filing-continued = Continued: { $title }
filing-banner-included = { $sources ->
    [demo] Invented for a demo city. Includes records that are not the City’s own: { $sources }
   *[other] Includes records that are not the City’s own: { $sources }
}
filing-banner-draft = Draft: the period has not ended
filing-banner-own-key = Counted from an export that was checked only with the key that came with it: whoever changed one could change the other
filing-banner-unchecked = Not checked against the log: counted from lines of an export without the City’s transparency log
filing-banner-waiting = { $waiting ->
    [one] One entry counted here is not in the log yet, and nothing binds it
   *[other] { $waiting } entries counted here are not in the log yet, and nothing binds them
 }
filing-not-stated = not stated
filing-not-compared = not compared
filing-suppressed = fewer than 11

filing-table-reasons = (1) Civil immigration detainers lodged, and (2) persons held past release on them, by the reason that the requester gave
filing-table-received = (1) Civil immigration detainers received
filing-table-persons = { $who ->
    [correction] (3), (4), (5), (7), (8) Persons transferred, not honored, held and not transferred
   *[other] (2), (3), (4) Persons held, transferred, not honored
 }
filing-table-funding = (6) Federal funding for the cost of custody under 8 U.S.C. § 1231(i) (known as SCAAP)
filing-table-asked = { $who ->
    [correction] (9) Requests for information about a person, by conviction and type of information
   *[other] (5) Requests for information about a person, by conviction and type of information
 }
filing-table-answered = { $who ->
    [correction] (9) Responses honoring such requests, by conviction, facilitated transfer and type of information given
   *[other] (5) Responses honoring such requests, by conviction, facilitated transfer and type of information given
 }
filing-table-pairs = Requests and actions, by requesting and receiving agency
filing-table-omitted = Requests left out of the table above, as § 10-178(d) allows
filing-table-kinds = Requests received, by kind of requester and the strictest answer
filing-table-done = What was done about requests
filing-table-findings = Possible violations that the record shows
filing-table-contacts = Contacts in the city’s mail and audit logs
filing-table-open = Open at the end of the quarter
filing-table-listed = What is open, by its id

filing-head-reason = Reason
filing-head-line = Line
filing-head-class = Person
filing-head-transfer = Transfer
filing-head-requesting = Requesting agency
filing-head-receiving = Receiving agency
filing-head-ground = Ground
filing-head-kind = Kind of requester
filing-head-what = What
filing-head-id = Request or entry

filing-col-detainers = Detainers
filing-col-held = Persons held
filing-col-persons = Persons
filing-col-dollars = Dollars
filing-col-incarceration = Custody status
filing-col-release = Release date
filing-col-court = Court date
filing-col-appointment = Appointment
filing-col-other = Other
filing-col-requests = Requests
filing-col-responses = Responses
filing-col-given = Help given
filing-col-part = Help given in part
filing-col-refused = Help refused
filing-col-open = No action on record
filing-col-barred = No
filing-col-escalate = To counsel
filing-col-not-yet = No, not yet
filing-col-required = The City’s own duty
filing-col-permitted = Permitted
filing-col-outside = No provision applies
filing-col-unanswered = Nobody asked the gate
filing-col-count = How many

filing-row-reason-believe = Reason to believe that the person may be removed
filing-row-reason-proceedings = Proceedings begun and charging document served
filing-row-reason-warrant = Warrant of arrest for removal proceedings served
filing-row-reason-order = Order of deportation or removal obtained
filing-row-reason-other = Another reason
filing-row-reason-none = No reason given, or none that could be read
filing-row-total = All, each once
filing-row-received = Detainers received
filing-row-held = { $who ->
    [correction] Persons held past release
   *[other] (2) Persons held past release on a detainer
 }
filing-row-transferred = (3) Persons transferred to federal immigration authorities on a detainer
filing-row-transferred-convicted = (4) Of them, with at least one conviction of a violent or serious crime
filing-row-transferred-match = (5) Of them, without such a conviction and a possible match in the terrorist screening database
filing-row-not-honored = { $who ->
    [correction] (7) Persons whose detainers were not honored
   *[other] (4) Persons whose detainers were not honored
 }
filing-row-not-transferred = (8) Persons held past release and not transferred, because 48 hours ran out or the requester gave up its intention
filing-row-funding-requested = Asked for
filing-row-funding-received = Received
filing-row-class-none = (i) No conviction of a violent or serious crime
filing-row-class-convicted = (ii) At least one conviction of a violent or serious crime
filing-row-class-match = (iii) No such conviction, but a possible match in the terrorist screening database
filing-row-class-unknown = Not established on the record
filing-row-facilitated = Facilitated
filing-row-not-facilitated = Not facilitated
filing-row-facilitated-unknown = Not established
filing-row-omitted-investigation = (i) Would interfere with an investigation by law enforcement
filing-row-omitted-arrangement = (ii) Concerns a cooperative arrangement and would compromise public safety
filing-row-kind-federal = Federal
filing-row-kind-state = Of a state
filing-row-kind-other-local = Of another locality
filing-row-kind-task-force = A contractor or a task force
filing-row-kind-unknown = Not established
filing-row-done-though-barred = Done although the answer was no
filing-row-done-while-open = Done while counsel or facts were missing, and no written basis is named
filing-row-done-without-asking = Done, and nobody asked the gate
filing-row-disclosed-though-refused = Information given although the request was refused
filing-row-done-though-refused = Another act done although it was refused, and no answer permitted it
filing-row-disclosed-without-request = Information given, and no request on record
filing-row-held-past-release = Kept past release, and no answer permitted it
filing-row-transferred-without-request = Handed over, and no request on record
filing-row-handed-over-without-basis = Handed over, perhaps to a federal authority, and no written basis on record
filing-row-handed-over-by-one = Handed over, perhaps to a federal authority, with one official on record instead of two
filing-row-recorded-late = Written down late, by this product’s own bound of one day
filing-row-disclosed-without-approval = Information given, and no approval of the privacy officer that holds is named
filing-row-disclosed-otherwise = Information given otherwise than approved
filing-row-disclosed-before-approval = Information given before it was approved
filing-row-disclosed-though-sealed = Information given after somebody said that it stands in a sealed record
filing-row-taken-back = Recorded in a way that would be one of these, and later said to be a mistake
filing-row-contacts = Contacts with federal immigration enforcement that nobody recorded
filing-row-no-action = Requests about which no action is on record
filing-row-not-followed-up = Hand-overs that nobody looked after when thirty days had ended: was a federal charge filed?
filing-row-contradicted = Entries that contradict each other
filing-row-overdue = Answers with a duty whose time ran out, and no entry says that it was done
filing-row-unruled = Proposals to give information that nobody has ruled on

filing-note-nil = { $who ->
    [statement] Nothing to count in this quarter. The agency states that its record holds nothing.
   *[other] Nothing to count in this period. This is a filing all the same.
 }
filing-note-reasons = A detainer that gives two reasons counts under each. The last line counts each detainer and each person once, so it can be less than the sum of the lines above it.
filing-note-persons = Persons are counted once a line, however many detainers there were about them. Where the record holds no key for a person, each request counts as a person of its own.
filing-note-types = The three classes of conviction are read as excluding one another. A request or a response that concerns several types of information counts under each type; the last column counts it once.
filing-note-class-unknown = For { $requests ->
    [one] one request
   *[other] { $requests } requests
 } the record does not establish whether the person has a conviction of a violent or serious crime or is a possible match. They stand in a line of their own, which the statute does not name.
filing-note-funding = Where a sum is not stated, nobody has stated it in the record. That is not the same as nothing.
filing-note-erased = { $erased ->
    [one] One entry of the record has
   *[other] { $erased } entries of the record have
 } been erased under a retention rule or a court’s order. What they held is not counted.
filing-note-corrected = { $corrected ->
    [one] One entry of this period was
   *[other] { $corrected } entries of this period were
 } recorded by mistake, as a named person says in a later entry. What they say is not counted.
filing-note-included = { $sources ->
    [demo] What is counted here was invented for a demo city; nobody filed it. Records of these sources are included, which are not the City’s own: { $sources }.
   *[other] Records of these sources are included, which are not the City’s own: { $sources }.
}
filing-note-overlap = July to September 2017 also stand in the filing for the year that ended on 30 September 2017: the statute’s year changed in between.
filing-note-draft = The period ends on { $to }. Until then this is a draft.
filing-note-actions = A request counts in the quarter in which it came, an action in the quarter in which it was done. So the actions of a quarter need not add up to its requests. Requests whose purpose or requester is in doubt are counted.
filing-note-elsewhere = { $requests ->
    [one] One request is
   *[other] { $requests } requests are
 } not repeated here because the filings under §§ 9-131(f), 14-154(f) and 9-205(f) contain them.
filing-note-omitted = Each omission was chosen by a named official, whose name and reason are in the record.
filing-note-practice = The quarterly statement, the bound of one day within which a contact is written down, that of four hours within which a person is released, and that a hand-over has a written basis and two names and is looked after when thirty days have ended, are this product’s own practice. No law that it has read asks for them.
filing-note-findings = A possible violation is what entries say that does not fit together. It is not a finding: what was typed may be wrong, and counsel may have agreed by word of mouth. Named people look and decide. It counts in the quarter of its day. Where a later entry corrects what was recorded, it is counted as taken back.
filing-note-listed = { $open } things are open. The { $listed } newest are listed by id; all are counted, and the file of entries names all of them.
filing-note-compared = The number of unrecorded contacts is what the signing official states that a comparison of this quarter’s mail and audit logs with the record left open. No entry of the record holds it, so nobody can count it again from the record.
filing-note-compared-in-record = The number of unrecorded contacts is what the comparisons in the record left open that together cover every day of this quarter. Where a day was compared again less closely, a contact of it may be counted twice; none is left out. They also left { $nobodys } contacts that are no agency’s, and { $unseen } places of the logs that could not be read or had no sender. That their files covered these days is what whoever ran them stated.
filing-note-compared-in-part = The record has comparisons of the city’s mail and audit logs with it, but none of these days of the quarter: { $days }. So nothing is stated of the quarter. That is not the same as no unrecorded contact.
filing-note-not-compared = The city’s mail and audit logs of this quarter were not compared with the record for this statement. That is not the same as no unrecorded contact.
