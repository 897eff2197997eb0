package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	cdx "github.com/CycloneDX/cyclonedx-go"
)

// materials writes the bill of materials of a platform's binary in CycloneDX's JSON: every
// module that is linked, with its version, its sum in go.sum and its licences.
func (r *release) materials(p *platform) error {
	sum := sha256.Sum256(p.program)
	bom := cdx.NewBOM()
	bom.SerialNumber = serial(sum)
	program := cdx.Component{
		BOMRef: "pkg:golang/imapscope@" + r.version, Type: cdx.ComponentTypeApplication, Name: "imapscope", Version: r.version,
		PackageURL: fmt.Sprintf("pkg:golang/imapscope@%s?goarch=%s&goos=%s", r.version, p.arch, p.os),
		Hashes:     &[]cdx.Hash{{Algorithm: cdx.HashAlgoSHA256, Value: hex.EncodeToString(sum[:])}},
		Licenses:   licensesOf("MIT"),
	}
	bom.Metadata = &cdx.Metadata{Timestamp: r.made.Format(time.RFC3339), Component: &program}
	components := []cdx.Component{component("std", strings.TrimPrefix(p.info.GoVersion, "go"), "", p.licences["std"])}
	for _, d := range p.info.Deps {
		components = append(components, component(d.Path, d.Version, d.Sum, p.licences[d.Path]))
	}
	slices.SortFunc(components, func(a, b cdx.Component) int { return strings.Compare(a.Name, b.Name) })
	refs := make([]string, len(components))
	for i := range components {
		refs[i] = components[i].BOMRef
	}
	bom.Components = &components
	bom.Dependencies = &[]cdx.Dependency{{Ref: program.BOMRef, Dependencies: &refs}}
	var b bytes.Buffer
	if err := cdx.NewBOMEncoder(&b, cdx.BOMFileFormatJSON).SetPretty(true).EncodeVersion(bom, cdx.SpecVersion1_6); err != nil {
		return err
	}
	return r.write(r.name(p)+".cdx.json", b.Bytes())
}

func component(path, version, sum string, m *module) cdx.Component {
	url := "pkg:golang/" + path + "@" + version
	c := cdx.Component{BOMRef: url, Type: cdx.ComponentTypeLibrary, Name: path, Version: version, PackageURL: url, Scope: cdx.ScopeRequired, Licenses: licensesOf(m.licences...)}
	// As cyclonedx-gomod has it: the sum of go.sum, which is a SHA-256 in Base64.
	if b, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(sum, "h1:")); err == nil && len(b) == sha256.Size {
		c.Hashes = &[]cdx.Hash{{Algorithm: cdx.HashAlgoSHA256, Value: hex.EncodeToString(b)}}
	}
	return c
}

func licensesOf(ids ...string) *cdx.Licenses {
	var out cdx.Licenses
	for _, id := range ids {
		out = append(out, cdx.LicenseChoice{License: &cdx.License{ID: id}})
	}
	return &out
}

// serial returns a UUID (RFC 9562, version 8) that is the same for the same binary.
func serial(sum [sha256.Size]byte) string {
	u := sum[:16]
	u = slices.Clone(u)
	u[6], u[8] = u[6]&0x0f|0x80, u[8]&0x3f|0x80
	return fmt.Sprintf("urn:uuid:%x-%x-%x-%x-%x", u[:4], u[4:6], u[6:8], u[8:10], u[10:])
}
