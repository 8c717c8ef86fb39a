# What the commands print for people. Bad input is told by the errors themselves.

# decide
decide-question = { $agency }: may we { $act }?
decide-asked-by = asked by: { $requester }; enforcing: { $statute }
decide-papers = papers: { $papers }
decide-no-papers = none
decide-on = under the law of { $day }
decide-fault = A fault kept this from being decided, so it is barred: { $fault }
decide-layers = By layer of law
decide-why = Why
decide-read-in-part = This text was read only in part.
decide-not-engaged = Not engaged: { $citations }
decide-computed = Computed: { $name } = { $value }: { $because }
decide-because = because: { $fact }
decide-not-so = it is not so: { $term }
decide-open = Would leave the act open: { $way }
decide-questions = What could still change the answer, most decisive first
decide-ask = { $question } Ask: { $whom }. ({ $fact })
decide-duties = Duties
decide-duties-unsure = Duties that are due unless it is known that they are not
decide-due = , due: { $due }
decide-due-if = due if:
decide-counted = Counted on
decide-not-read = Not read yet:
decide-after = The law was read up to { $day }; this answer is for a later day. Ask counsel what has changed.
decide-recorded = recorded: true
decide-not-recorded = recorded: false (add --record to record the request and the answer)

# verify
verify-no-log = none yet
verify-size = { $leaves } leaves, root { $root }
verify-signed = by { $key } ({ $kind })
verify-signed-at = by { $key } ({ $kind }) at { $time }
verify-own-key = this key lies with what was checked: whoever changed one could change the other;
verify-give-key = give a key that you got in another way with `--key`
verify-checked = { $leaves } leaves, { $tiles } tiles
verify-record = { $recomputed } entries recomputed, { $erased } erased, { $waiting } not in the log yet
verify-reports = { $reports } sealed reports are what they are named, { $waiting } wait for the end of their day
verify-photographs = { $count ->
    [1] 1 photograph of a paper is what its entry names
   *[other] { $count } photographs of papers are what their entries name
}
verify-photographs-unopened = { $count } sealed and not opened: without `keys/photographs.key` only their lengths were looked at
verify-photographs-elsewhere = { $count } named here, and none in an export: they stay with the store
verify-kept-leaf = `{ $file }`: leaf { $index } of the log is { $leaf }
verify-kept-checkpoint = `{ $file }`: the log continues this checkpoint of { $size } leaves
verify-note-log-alone = no record lies beside this log: only the log itself was checked
verify-note-log-only = only the log was checked, as asked
verify-note-other-database = the configuration names PostgreSQL: `record.sqlite3` was not read
verify-note-no-log = there is no log yet: every entry waits for its place, and nothing binds them
verify-note-key-name = the key's name is not the log's origin, as it should be
verify-note-no-head = no head is signed as it must be, so nothing was walked through
verify-note-photograph-key-hidden = `keys/photographs.key` is here and may not be read by whoever checks: run this as its owner, and each photograph is opened
verify-note-not-whole = the log could not be walked through to its head, so not everything was checked
verify-note-beyond = { $number } leaves or more lie in the log's files beyond its head: a crash left them before they were signed, or they were signed and the head was put back; a checkpoint that somebody kept tells which (`--since`)
verify-note-unknown = { $number ->
    [1] 1 signature by a key that is not known here was not checked
   *[other] { $number } signatures by keys that are not known here were not checked
}
verify-statements = { $signed ->
    [1] 1 statement was signed with a passkey
   *[other] { $signed } statements were signed with passkeys
} at { $at }{ $given ->
    [yes] , as given
   *[no] : see that this is the desk’s own address, or give it with `--desk`
}
verify-note-unenrolled = { $number ->
    [1] 1 statement was signed with a passkey of which the record does not say whose it was
   *[other] { $number } statements were signed with passkeys of which the record does not say whose they were
}: enrolled before the record said so; the signature holds all the same
verify-fault = { $place }: { $what }
verify-sound-unbound = the record agrees with itself; no log binds it yet
verify-sound-log = the log holds; no record was checked
verify-sound = everything holds
verify-faults = { $count ->
    [1] 1 thing does not hold
   *[other] { $count } things do not hold
}

# import
import-read = read
import-recorded = recorded
import-would-record = would be recorded
import-already = already there
import-outside = outside the scope (no detainers)
import-bad = bad
import-dropped-none = columns dropped by name and not stored: 0
import-dropped = columns dropped by name and not stored: { $count } ({ $columns })
import-windows-1252 = rows that were no UTF-8 and were read as Windows-1252: { $rows }
import-not-in-map = rows whose facility the pack's map does not name, taken as of no city agency: { $rows }
import-no-facility = rows that name no facility: { $rows }
import-engine-faults = ENGINES DIFFER on answers: { $rows }. They are barred, and each is recorded as a fault: tell whoever keeps the pack
import-answers = Answers under the law of each row's day (pack { $pack } { $version }), rows:
import-year = year
import-agency = agency
import-act = act
import-outcome-barred = barred
import-outcome-escalate = escalate
import-outcome-not_yet_known = not known
import-outcome-required = required
import-outcome-permitted = permitted
import-outcome-outside = outside
import-outcome-none = no law yet
import-fates = What the release says became of them, rows:
import-fate-declined = declined by the agency asked (recorded: not honored)
import-fate-ended_by_requester = ended by the requester (recorded: withdrawn)
import-fate-left_custody = left custody (recorded: released)
import-fate-booked_by_requester = taken into detention by the requester; how is not said (noted)
import-fate-moved = moved; to whom is not said (noted)
import-fate-died = died (noted)
import-fate-none = nothing said
import-added = { $entries } entries added; the log has { $size } leaves
import-added-not-logged = { $entries } entries added; the log has yet to take them in

# erase
erase-erased = { $entry } was erased; entry { $erasure } says so
erase-already = { $entry } was erased before, under the same order; entry { $erasure } says so
erase-stays = what stays  { $leaf }
erase-stays-in-log = what stays  { $leaf }, leaf { $index } of the log
erase-overwritten = its bytes   overwritten in the store's files
erase-freed = its bytes   freed; the database writes over them when it needs their place, and keeps its write-ahead log
erase-waiting = its bytes   NOT OVERWRITTEN YET: somebody is reading the record, or the disk refused; run any command that writes, or this one, when they have finished
erase-not-reached = not reached copies made earlier: backups, exports
erase-photographs = photographs  { $count ->
    [1] 1 photograph of a paper and its key went with it
   *[other] { $count } photographs of papers and their keys went with it
}
erase-others = also there  { $count } other entries about the same request, which stay:
erase-log = the log has { $size } leaves
erase-log-later = the log takes the erasure in when it is opened next

# export
export-photographs = photographs of papers that it names and does not hold: { $count }. They stay sealed in the store: keep that, and `keys/photographs.key`
export-done = { $entries } entries and a log of { $leaves } leaves written to `{ $folder }`

# file
file-made = { $section } for { $period }: { $requests } requests, { $entries } entries
file-made-nil = { $section } for { $period }: { $requests } requests, { $entries } entries, nothing to count (a filing all the same)
statement-made = { $agency } states of { $period }: { $requests } requests, { $entries } entries. No law asks for this statement; it is this product’s own practice.
statement-of-a-demo = This record is of the invented city: what was made up for it or typed into it is not counted. To count it, write --include-source demo.
statement-made-nil = { $agency } states of { $period }: { $requests } requests, { $entries } entries, nothing to count (a statement all the same). No law asks for it; it is this product’s own practice.
file-sha256 = SHA-256 of the JSON: { $content }
file-recorded = recorded as { $filing } (entry { $entry })
file-recorded-before = recorded before as { $filing } (entry { $entry })
file-draft = a draft, not recorded: the period ends on { $day }
file-not-recorded = not recorded
file-earlier = Note: the record holds an earlier one of the same period that says something else ({ $filing }). The files in this folder are the new one’s; both stay in the record.

# serve
serve-demo = The demo city has { $entries } new entries, drawn from published figures, and { $filings } filings counted from them. No person in it is real, and nobody filed this.
serve-gate = Gate      { $own }/gate
serve-filings = Filings   { $own }/filings
serve-log = Log       http://{ $address }/log   (check it: vouchsafe verify http://{ $address }/log)
serve-health = Health    http://{ $address }/healthz   http://{ $address }/metrics
serve-reports = Reports   http://{ $address }/   (promises are signed by { $key })
serve-keys = NOT READY: the keys of the residents' pages are not those that the log has for today, so no phone sends anything. If other pages are in force (vouchsafe pages list), start with those; if none are, publish these: vouchsafe pages publish
serve-pages = Pages     { $hash }
serve-pages-replaced = NOTE: other pages were published after these and are in force: vouchsafe pages list
serve-no-pages = No residents' pages are served: name their folder with --report-pages, once two people have published them (vouchsafe pages publish).
serve-account = Sign-in is a development account. Stop with Ctrl-C.
serve-passkeys = Sign-in is with passkeys, at { $own }/sign-in   Stop with Ctrl-C.
serve-nobody = Nobody signs in yet. Stop, and make the first administrator:
    vouchsafe people add 'A. Admin' --agency DOC --role administrator --by 'Your Name' --data { $data }

# people
people-kept = { $name } is { $id }.
people-kept-link = Link to create a passkey, good once, for a day, under the address that `serve` prints: { $link }

# pages
pages-published = the pages in `{ $folder }`, hash { $hash }, are published, by entry { $entry }; they are served from { $from } on
pages-already = the pages in `{ $folder }`, hash { $hash }, were published last, by entry { $entry }; they are served from { $from } on, and nothing was added
pages-none = No pages were published yet.
pages-one = pages { $hash } from { $from }   { $state }   { $place }   { $entry }
pages-served = { $url } serves the pages with the hash { $hash }, { $files } files
pages-order = published { $at }, to be served from { $from } on, by entry { $entry }, leaf { $index } of { $origin } (its tree has { $size } leaves)
pages-fault = fault { $file }: { $what }
pages-wrong-name = the manifest names it, and it is no plain path
pages-wrong-status = it is answered with the status { $detail }
pages-wrong-bytes = it is not the file that the manifest names: its SHA-256 is { $detail }
pages-wrong-header = its header `{ $detail }` is not the one that the manifest says
pages-wrong-broken = it did not come ({ $detail })
pages-wrong-early = these pages were published for { $detail }, which has not come
pages-onion = its pages tell of the onion service { $onion }; compare it with what the city says elsewhere
pages-wrong-no-order = the door shows no entry by which these pages were published
pages-wrong-log = what the door shows is not in the log of this key ({ $detail }); if the key may be the wrong one, try again with the log's own
pages-wrong-pages = the entry that the door shows is of pages with the hash { $detail }
pages-found = { $count ->
    [one] FAULT 1 thing is not as it was published
   *[other] FAULT { $count } things are not as they were published
}
pages-sound = These are the pages that the city ordered. It was seen from this machine, now; a phone may be shown others, and so may whoever asks otherwise.
keys-published = their keys are published, by entry { $entry }; they hold from { $from } on
keys-already = their keys were published before, by entry { $entry }; they hold from { $from } on
keys-wait = until then phones take the set before only: keep serving its pages, and change to these on { $from }
keys-log = the log has { $size } leaves
keys-log-later = phones send nothing until the log has taken the entries in, when it is opened next
keys-none = No keys were published yet; until then no phone sends a report.
keys-in-force = in force
keys-waits = waits for its day
keys-replaced = replaced
keys-not-in-log = not in the log yet
keys-in-log = leaf { $index } of the log
keys-set = keys from { $from }   { $state }   { $place }   { $entry }
keys-by = asked for by { $asked }, approved by { $approved }
keys-intake = opens reports
keys-city = opens contact details, city
keys-trustee = opens contact details, trustee
keys-official = signs answers
keys-promise = signs promises

# close
close-closed = every day before { $day } is closed; { $reports } reports became entries
close-handled = { $count ->
    [one] one step
   *[other] { $count } steps
 } of reports’ ways entered the record: opened, closed or withdrawn
close-refused = the stamp `{ $name }` was not taken in: { $why }
close-log = the log has { $leaves } leaves

# reconcile
reconcile-title = Contacts with federal immigration enforcement, by the pack’s list (kept up to { $day }); a request accounts for contacts of the same people up to { $days } days before and after it
reconcile-recorded = a request is recorded
reconcile-rostered = on the roster
reconcile-dismissed = dismissed before
reconcile-unrecorded = UNRECORDED
reconcile-cover = Requests that account for recorded contacts: { $requests }; the one that accounts for the most does so for { $most }. A request accounts for at most five messages and five look-ups of the same people.
reconcile-nobody = No agency: the mapping names nobody who took part
reconcile-somebody = nobody whom the mapping names
reconcile-way-in = { $staff } was written to by { $theirs }
reconcile-way-out = { $staff } wrote to { $theirs }
reconcile-way-both = somebody else wrote to { $staff } and { $theirs }
reconcile-way-system = { $staff } looked something up, or set an alert, for { $theirs }
reconcile-more = , and to others
reconcile-near = Requests from there that are recorded in these days and do not account for it: { $count }. Does it belong to one?
reconcile-what-now = Record each as the request that it was, say to which recorded one it belongs, or why it was none: vouchsafe reconcile dismiss CONTACT [--request REQUEST] --reason '…' --by NAME
reconcile-bad = NOT READ: { $count } lines, named on standard error. A contact may stand in them.
reconcile-headless = Deliveries whose sender stands in none of these files: { $count }. Begin with the log of the day before.
reconcile-compared = Recorded: the logs of { $agency } from { $from } to { $through } were compared, by entry { $entry }
reconcile-compared-before = The record says already that the logs of { $agency } from { $from } to { $through } were compared, with these numbers, by entry { $entry }; nothing was added
reconcile-outside = { $count } of these contacts are not from { $from } to { $through }: they stand in no comparison until their day is compared
reconcile-carried = Contacts of these days that an earlier comparison left and that stand in none of these files: { $count }. They stay left, until somebody accounts for them. Do the files reach these days, and is the mapping the same?
reconcile-not-seen = Not seen: telephone, meetings, messages, private mail, mail that did not pass this gateway, systems whose log is not here.
reconcile-personal = These addresses are personal data: keep what was printed no longer than it takes to explain it.
reconcile-dismiss = { $contact } is dismissed, by entry { $entry }; later runs leave it out and count it
reconcile-already = { $contact } was dismissed before, by entry { $entry }; nothing was added
