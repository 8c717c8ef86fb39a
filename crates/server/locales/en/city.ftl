# The city's file: `vouchsafe init`, what `serve` says of it, sites and whom to call.

init-file = { $city }: { $agencies } agencies, { $sites } sites. The file has no fault.
init-next = The city is made. Next:
    vouchsafe people add 'A. Admin' --agency DOC --role administrator --by 'Your name' --data { $data }
    vouchsafe serve --data { $data }
city-placeholders = NOT YET REAL: { $count } telephone numbers are placeholders at which nobody answers ({ $some }).
city-unconfirmed = NOT YET CONFIRMED: the areas of { $count } sites ({ $some }). An agency that has gone through its list adds the day, as “confirmed”.
city-in-force = This city’s file is in force now; the record holds it.
city-calendar-ended = The city’s list of closed days says nothing from { $day } on: add to it.

call-designated = Designated to be called
call-counsel = Counsel
call-line = At any hour
call-at = { $title }, { $number }
call-placeholder = { $who } (placeholder: nobody answers at this number, ask your supervisor)
call-placeholder-invented = { $who } (invented number of the demo city)
call-closed-weekend = The city’s offices are closed today: it is the weekend. Call the line that is answered at any hour.
call-closed-day = The city’s offices are closed today ({ $day }). Call the line that is answered at any hour.

site-none = No particular site
site-all = All sites of the agency
areas-title = Which areas are open to the public here
areas-public = Open to the public
areas-non-public = Not open to the public
areas-none = None
areas-confirmed = Confirmed by your agency on { $day }.
areas-unconfirmed = Your agency has not confirmed this list. If an area is in doubt, it is not public: ask counsel.
areas-other = An area that is on neither list is not public until counsel says so.
areas-more = Your agency has { $count } more sites. Ask your supervisor for their lists.
