(print (get-url (last (main-args))))
(exit)
