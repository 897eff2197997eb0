package rewrite

import (
	"bytes"
	"embed"
	"fmt"
	"path"
	"strings"
)

//go:embed star/*.star
var translations embed.FS

// Translations returns the names that Translation knows.
func Translations() (names []string) {
	files, err := translations.ReadDir("star")
	if err != nil {
		panic(err) // it is part of the program
	}
	for _, f := range files {
		names = append(names, strings.TrimSuffix(f.Name(), path.Ext(f.Name())))
	}
	return names
}

// Translation returns the program that translates for a client of a dialect: "imap2" for an
// IMAP2 client and a server of today, "imap4" for the reverse.
func Translation(client string) (*Program, error) {
	src, err := translations.ReadFile("star/" + client + ".star")
	if err != nil {
		return nil, fmt.Errorf("no translation for %q clients: there are %s", client, strings.Join(Translations(), ", "))
	}
	return Load(client+".star", bytes.NewReader(src))
}
