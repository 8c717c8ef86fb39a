# What `vouchsafe law` prints for counsel.

# check
law-whole = { $id } { $version } is whole: { $provisions } provisions, { $rules } rules, { $terms } terms, { $cases } cases, { $theorems } theorems; read until { $day }
law-problems = { $count ->
    [1] 1 problem
   *[other] { $count } problems
}

# cases
law-case = { $place }: case `{ $case }`
law-cases = { $cases } cases, { $failed } fail
law-case-no-filing = `{ $filing }` is no filing that the record computes
law-case-no-period = { $filing } has no period with { $day }
law-case-first-day = first day: expected { $expected }, found { $found }
law-case-last-day = last day: expected { $expected }, found { $found }
law-case-due = due: expected { $expected }, found { $found }
law-case-due-never = no day

# prove
law-proved = proved { $theorem } ({ $looked } sets of rules)
law-falls = FALLS  { $theorem } ({ $looked } sets of rules)
law-falls-when = `{ $act }` by `{ $agency }` on { $day }: { $what }
law-replayed = asked by { $requester } for { $statute } with [{ $papers }]: { $outcome }
law-not-replayed = no question of the vocabulary leads there: the derivations contradict these facts
law-theorems = { $theorems } theorems, { $fallen } fall

# prove --solver
law-solver-missing = this executable was built without the second prover, which loads a solver’s shared library (docs/adr/0017). In a checkout: `pip install cvc5==1.3.1`, then `cargo run --locked -p server --features prover --bin vouchsafe -- law prove --solver cvc5`
law-solver-proved = proved { $theorem } ({ $looked } sets of rules, { $queries } queries)
law-solver-falls = FALLS  { $theorem } ({ $looked } sets of rules, { $queries } queries)
law-solver-unsure = UNSURE { $theorem } ({ $looked } sets of rules, { $queries } queries)
law-solver-when = `{ $act }` by `{ $agency }` on { $day }
law-solver-by-hand = the solver found these facts, and Cedar itself does not find the theorem broken: look at them by hand
law-solver-not-replayed = no question that was tried leads there
law-solver-theorems = { $theorems } theorems by cvc5 { $version }, { $fallen } fall

# mutate
law-survivor = { $place }: `{ $name }`: { $change }
law-survivor-silent = { $place }: `{ $name }`: { $change } (no answer changes, only what is said)
law-judges-nothing = judges nothing, since it fails already: { $name }
law-mutants = { $mutants } mutants: { $cases } caught by cases, { $theorems } by theorems, { $reader } refused by the reader, { $survivors } survive; { $same } changes make no difference

# explain
law-no-provision = the pack has no provision `{ $provision }`
law-no-provision-on = the pack has no provision `{ $provision }` in force on { $day }
law-layer = layer:    { $layer }
law-agencies = agencies: { $agencies }
law-acts = acts:     { $acts }
law-not-read = not read: { $what }
law-written = written at { $place }; this is the city's reading of the law, and the statute prevails

# diff
law-diff-added = added { $provision } { $days }: { $what }
law-diff-removed = removed { $provision } { $days }: { $what }
law-diff-changed = changed { $provision } { $days }: { $what }
law-diff-falls = falls: { $theorem } ({ $plain })
law-diff-case = case `{ $case }` ({ $place }): { $was } -> { $is }
law-diff = { $provisions } provisions differ, { $theorems } theorems of the old pack fall, { $cases } of its cases are answered otherwise

# bill
law-bill = The record under { $pack } { $version }, read until { $day }, sha256 { $hash }: not law in force
law-bill-each = { $day } { $agency } { $act }: { $was } -> { $is } { $request }
law-bill-step = { $was } -> { $is }: { $count }
law-bill-kind = { $agency } { $act }: { $changed } of { $answers }
law-bill-no-agency = neither the pack nor any recorded answer knows an agency `{ $agency }`
