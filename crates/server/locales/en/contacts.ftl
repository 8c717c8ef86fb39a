# Contacts with federal immigration enforcement that the city’s logs show and nobody recorded. Addresses stand in the officer’s list alone.

contacts-title = Contacts that nobody recorded
contacts-why = The city’s mail and audit logs show contacts with federal immigration enforcement. The command “vouchsafe reconcile” compares them with this record. Here is how far that was done, and how many contacts are left.
contacts-link = Contacts that nobody recorded
contacts-state-to-do = To do
contacts-state-kept = In order
contacts-never = The logs were never compared with this record: a contact that nobody recorded would not be noticed.
contacts-through = { $days ->
    [0] Compared from { $since } through { $day }, which is today.
    [one] Compared from { $since } through { $day }, one day ago.
   *[other] Compared from { $since } through { $day }, { $days } days ago.
}
contacts-left = { $count ->
    [0] No contact is left that nobody recorded.
    [one] One contact is left that nobody recorded.
   *[other] { $count } contacts are left that nobody recorded.
}
contacts-nobodys = { $count ->
    [one] One contact is no agency’s: the mapping names nobody who took part. It may be this agency’s: whoever keeps the mapping completes it.
   *[other] { $count } contacts are no agency’s: the mapping names nobody who took part. They may be this agency’s: whoever keeps the mapping completes it.
}
contacts-unseen = { $count ->
    [one] One place of the logs could not be read, or a delivery had no sender. A contact may stand there.
   *[other] { $count } places of the logs could not be read, or deliveries had no sender. Contacts may stand there.
}
contacts-missing = Not compared in between: { $stretches }.
contacts-stretch = { $from } to { $through }
contacts-behind = Compare the days since then.
contacts-never-agencies = Never compared: { $agencies }.
contacts-line-to-do = Logs are not compared through yesterday, or contacts are left: { $agencies }.
contacts-line-kept = The logs of every agency are compared through yesterday, and no contact is left.
contacts-what-now-title = What to do
contacts-what-now-explain = The agency’s privacy officer finds the contacts on this page. Record each as the request that it was, on the day on which it came; say to which recorded request it belongs; or give the reason why it was none.
contacts-what-now-again = Then compare the same days again, with the same kinds of files. The numbers change only then.
contacts-what-now-rule = A comparison counts until each of its days was compared again, later and at least as closely: no fewer files of any kind, no wider window, no more that could not be read. Where days overlap in part, a contact may be counted twice. None is left out.
contacts-newest = Comparisons, the newest first
contacts-none = There is no comparison yet.
contacts-cut = The newest { $listed } are listed.
contacts-agency = Agency
contacts-days = Days
contacts-made = Made
contacts-by = By whom
contacts-files = Files
contacts-files-of = { $mail } of mail, { $system } of systems
contacts-window = Window in days
contacts-contacts = Contacts
contacts-recorded = Recorded
contacts-rostered = On the roster
contacts-dismissed = Dismissed
contacts-unrecorded = Nobody recorded
contacts-of-nobody = No agency’s
contacts-not-seen = Not seen
contacts-account-title = Contacts to account for
contacts-account-count = { $count ->
    [0] Nothing is in your agency’s list.
    [one] One contact is in your agency’s list.
   *[other] { $count } contacts are in your agency’s list.
}
contacts-account-elsewhere = { $count ->
    [one] One more was counted: accounted for since, counted twice, or counted before there was a list. Compare its day again.
   *[other] { $count } more were counted: accounted for since, counted twice, or counted before there was a list. Compare their days again.
}
contacts-account-cut = The first { $listed } are shown, the oldest day first.
contacts-account-why = A contact is one message or one look-up. Each was a request, belongs to one, or was none (a newsletter, a wrong address, a lawsuit’s service). This list suspects nobody of anything. It is not part of the record; your answer is, with your name.
contacts-account-record = Record a request now
contacts-account-which = Which of them?
contacts-account-near = { $count ->
    [one] One request from there is recorded in these days and does not account for it.
   *[other] { $count } requests from there are recorded in these days and do not account for it.
}
contacts-account-look = Requests around { $day }
contacts-account-request = The recorded request to which they belong, if any
contacts-account-request-why = Its id, rq-…, as it stands at the top of its page. Leave this empty if they were no request.
contacts-account-reason = Why they need no recorded request, or none of their own
contacts-account-reason-why = The record keeps it with your name. Name no person whom it is about.
contacts-account-button = Account for the contacts ticked
contacts-account-no-id = “{ $input }” is no contact’s id. Tick a contact of the list.
contacts-account-none-ticked = Tick at least one contact of the list.
contacts-account-many = Tick at most { $most } contacts at once.
contacts-account-no-request = “{ $input }” is no request’s id. Copy it whole, with its rq-.
contacts-account-unknown-request = Your agency has no request { $input } that was recorded at the desk or by a program.
contacts-account-other-authority = { $input } came from another authority than one of these contacts. Tick only those that belong to it.
contacts-account-no-reason = Say why they need no recorded request, or none of their own.
contacts-account-not-listed = { $input } is not in your agency’s list. Look at the list again.
contacts-told-accounted = Recorded, and taken out of the list. The numbers follow with the next comparison of these days.
contacts-told-before = They were accounted for before. What was said then stands.
