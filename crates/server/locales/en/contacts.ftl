# Contacts with federal immigration enforcement that the city’s logs show and nobody recorded. Numbers and days alone: no address stands here.

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
    [one] One contact is no agency’s: the mapping names nobody who took part. It may be this agency’s.
   *[other] { $count } contacts are no agency’s: the mapping names nobody who took part. They may be this agency’s.
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
contacts-what-now-explain = Whoever ran the comparison has the list. Record each contact as the request that it was, on the day on which it came; or dismiss it with a reason, if it was none.
contacts-what-now-again = Then compare the same days again, with the same kinds of files. What stands here changes only then.
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
contacts-dismiss-title = Dismiss a contact
contacts-dismiss-why = For a contact that was no request: a newsletter, a wrong address, a lawsuit’s service. The record keeps the reason and your name. An answer to it is another contact.
contacts-dismiss-id = The contact’s id, as “vouchsafe reconcile” shows it (co-…)
contacts-dismiss-reason = Why it needs no recorded request
contacts-dismiss-button = Dismiss it
contacts-dismiss-no-id = “{ $input }” is no contact’s id. Copy it whole, with its co-.
contacts-dismiss-no-reason = Say why it needs no recorded request.
contacts-told-dismissed = Dismissed. The next comparison of its day leaves it out and counts it as dismissed.
contacts-told-before = It was dismissed before. The reason that was given then stands.
entry-compared = Logs compared with the record
