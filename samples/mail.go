package samples

import (
	"embed"
	"io/fs"
)

//go:embed mail
var mail embed.FS

// Mail is the sample mailboxes: mailboxes/NAME.mbox and bboards/NAME.mbox. All
// of the mail is invented, and so are the people in it.
func Mail() fs.FS {
	sub, _ := fs.Sub(mail, "mail") // the name is right
	return sub
}
