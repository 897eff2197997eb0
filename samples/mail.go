package samples

import (
	"embed"
	"io/fs"
)

//go:embed mail
var mail embed.FS

// Mail returns the sample mailboxes: mailboxes/NAME.mbox and bboards/NAME.mbox. All mail is
// invented, and so are the people in it.
func Mail() fs.FS {
	sub, _ := fs.Sub(mail, "mail") // cannot fail: the name is valid
	return sub
}
