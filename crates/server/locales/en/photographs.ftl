# Photographs of papers that requesters showed: attached to a recorded request, sealed, seen by whoever may open the request.

entry-photographed = Photograph of a paper
entry-read-photograph-by = Photograph opened by { $who }, { $role }, { $agency }

photographs-title = Photographs of the paper
photographs-to = Attach a photograph of the paper
photographs-none = None is attached yet.
photographs-show = Show the photographs here
photographs-noted = Whoever opens a photograph is noted in the record, as for the request itself.
photographs-name = Photograph { $number }: { $paper }
photographs-not-said = paper not said
photographs-said = { $form }, { $size } kB, attached by { $who }, { $role }, { $on }
photographs-said-by-program = { $form }, { $size } kB, { $on }
photographs-keep = This kind of picture ({ $form }) is not shown by every browser. The link opens it, or keeps it as a file.
photographs-erased = One photograph is erased.
photographs-many = { $most } are attached, and a request can have no more.
photographs-take = Take a photograph now
photographs-choose = Or choose photographs that you have
photographs-limits = JPEG, PNG, WebP, GIF, AVIF or HEIC, at most { $size } MB each and { $all } MB at once, { $most } for one request. Place, time and device are taken out of the file. It is kept sealed, apart from the answers, and no name of a file is kept.
photographs-phone = Lay the paper flat, all of it in the picture, signature and date readable. Then delete the photograph from your telephone: it holds a person’s record.
photographs-paper = Which paper do the photographs show?
photographs-button = Attach

told-attached = Attached, and sealed. Look at it once: is every line readable?
told-attached-before = These photographs were attached before. Nothing was added.

fault-photograph-none = No photograph was chosen. Take one or choose one, then press Attach again. Nothing was attached.
fault-photograph-too-large = A photograph has more than { $size } MB, or all of them together more than { $all } MB. Nothing was attached. Photograph the paper again with a smaller picture size, or attach the photographs one after the other.
fault-photograph-not-taken = A file is no photograph that can be attached: a PDF, a film, a document or something else. Nothing was attached. Photograph the paper, or its page on the screen, and attach the photograph.
fault-photograph-unclean = A photograph is damaged, or place and device cannot be taken out of it. Nothing was attached. Photograph the paper again and attach that.
fault-photograph-too-many = Attached so far: { $has }. A request can have { $most } photographs, and these would be more. Nothing was attached. Leave some out.
fault-photograph-busy = Too many photographs are coming in just now. Nothing was attached. Wait a minute and press Attach again.
fault-photograph-slow = The photographs did not arrive in time. Nothing was attached. Try again where the network is better, with fewer at once.
fault-photograph-broken = The photographs did not arrive whole. Nothing was attached. Choose them and press Attach again.
fault-photograph-key = Photographs cannot be attached at the moment: this server does not have the key of those that are here. Nothing was attached. Tell whoever runs the server.
photograph-key = This server does not have the key of the photographs, so none can be opened here. All else works. Tell whoever runs the server.
photograph-busy = Too many photographs are being opened just now. Wait a minute and open this one again.
photograph-not-found = There is no such photograph with this request. It may have been erased.
photograph-damaged = This photograph cannot be opened: what is kept of it was changed or lost. Tell whoever runs the server, with this number: { $number }
