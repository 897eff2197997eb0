//go:build !unix

package hub

import "os"

// Lock opens a file that another process can then not remove. Where locks are not those of Unix, it
// is up to the user that two processes do not share a folder.
func Lock(name string) (unlock func(), err error) {
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	return func() { f.Close() }, nil
}
