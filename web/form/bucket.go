package form

import (
	"slices"
	"strings"
)

// bucketRules says how the names of buckets look at each kind of storage, to catch typing errors before a recording is
// lost over one. They are looser than the providers' own rules.
var bucketRules = map[string]struct {
	marks string // allowed besides lower-case letters and digits, but not at the ends
	text  string
}{
	"s3":    {".-", "Check the bucket: S3 names have 3 to 63 lower-case letters, digits, dots and dashes."},
	"gs":    {".-_", "Check the bucket: Google Cloud names have 3 to 63 lower-case letters, digits, dots, dashes and underscores."},
	"oss":   {"-", "Check the bucket: Alibaba OSS names have 3 to 63 lower-case letters, digits and dashes."},
	"azure": {"-", "Check the container: Azure names have 3 to 63 lower-case letters, digits and dashes."},
}

// checkBucket checks the own bucket. The API takes upload_info without credentials, but then can't write to the bucket;
// and since secrets come back blank after a broken rule, a room would silently be made without them. So we ask for both.
func (f *Room) checkBucket() {
	f.Errors.Check(bucketRules[f.UploadType].text != "", "upload_info.type",
		"Choose the kind of storage: S3, Google Cloud, Alibaba OSS or Azure.")
	f.Errors.problem("upload_info.location", BucketProblem(f.UploadType, f.UploadLocation))
	f.Errors.problem("upload_info.prefix", PrefixProblem(f.UploadPrefix))
	f.Errors.problem("upload_info.options.region", BucketRegionProblem(f.UploadRegion))
	f.Errors.problem("upload_info.credentials.key", CredentialProblem(f.UploadKey,
		"Give the access key of the bucket (for Azure the account name); 100ms needs it to write recordings."))
	f.Errors.problem("upload_info.credentials.secret", CredentialProblem(f.UploadSecret,
		"Give the secret that belongs to the access key; 100ms needs both."))
}

// BucketProblem says what to change in the name of a bucket of a kind (s3, gs, oss, azure), or "". Of another kind any name will do.
func BucketProblem(kind, location string) string {
	location = strings.TrimSpace(location)
	if location == "" {
		return "Name the bucket that recordings go to (for Azure the container)."
	}
	rule, known := bucketRules[kind]
	if !known {
		return ""
	}
	atEnds := func(b byte) bool { return isLower(b) || isDigit(b) }
	inside := func(b byte) bool { return atEnds(b) || strings.IndexByte(rule.marks, b) >= 0 }
	if len(location) < 3 || len(location) > 63 || !consistsOf(location, inside) ||
		!atEnds(location[0]) || !atEnds(location[len(location)-1]) {
		return rule.text
	}
	return ""
}

// PrefixProblem says what to change in the path within a bucket that recordings go to, or "". It may be blank.
func PrefixProblem(prefix string) string {
	prefix = strings.TrimSpace(prefix)
	switch {
	case len(prefix) > MaxPrefixBytes:
		return "Shorten the path prefix to 512 bytes or fewer."
	case !isPlain(prefix, ""):
		return "The path prefix holds characters that can't be shown. Type it again without them."
	case strings.HasPrefix(prefix, "/"):
		return "Start the path prefix without a slash, such as recordings/ward-7."
	case slices.Contains(strings.Split(prefix, "/"), ".."):
		return "Write the path prefix without \"..\" steps, such as recordings/ward-7."
	}
	return ""
}

// BucketRegionProblem says what to change in the region of a bucket, or "". It may be blank.
func BucketRegionProblem(region string) string {
	region = strings.TrimSpace(region)
	if len(region) > 64 || !consistsOf(region, func(b byte) bool { return isAlnum(b) || b == '-' }) {
		return "Write the bucket's region in letters, digits and dashes, such as eu-central-1, or leave it blank."
	}
	return ""
}

// CredentialProblem says what to change in one half of a bucket's credentials, or ""; missing is what it says of a blank one.
func CredentialProblem(value, missing string) string {
	const limit = 4096 // bytes; far over any provider's keys
	value = strings.TrimSpace(value)
	switch {
	case value == "":
		return missing
	case len(value) > limit:
		return "This is too long for a key. Copy it again from your storage provider."
	case !isPlain(value, ""):
		return "This holds characters that no key has. Copy it again from your storage provider."
	}
	return ""
}
