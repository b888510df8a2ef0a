package sandbox

import "net/http"

// This file lists what the sandbox does about templates where the API's documents are silent or contradict each other; choices.go has
// the rest.
//
// Templates
//   - Names are compared with case and all: only room names are documented to be found in any case.
//   - Creating over a name replaces the whole template, as an update does; id, createdAt, the workspace's default and the
//     recording configuration stay. An empty name is a missing one; a missing one becomes default_videoconf_<uuid>.
//   - A create without roles gets host and guest, as the recommended flow makes them; one with {} has no roles.
//   - An update needs roles and settings, which its page marks as required; destinations and plugins that it leaves out are emptied.
//   - A name that another template has gives 400 `overwrite error`: the words of the page, and the status of what exists already
//     elsewhere (stream keys). A role's new name does the same.
//   - The answer to an update shows the zero times of its sample; the template keeps its own.
//   - default, appId and customer_id are in an SDK's type, an older API and a table, but in no sample: they are not answered. What only
//     answers have (ids, times, customer) is ignored in bodies, because whoever changes what was read sends it back.
//   - Unknown keys are kept wherever they stand: an answer is "the same tree". null counts as not sent at every depth.
//   - A body nested more than 64 deep is refused. Ranges and enums are refused in the validation shape, with the path in the body and a
//     text of our own; of many faults one is named.
//   - plugins are taken at the top and inside destinations, and answered at the top. Both sent, the top wins.
//   - A template that isn't there gives `Template not found`, a role `Role not found`, the text of room codes.
//
// Roles
//   - A role of nothing but a name gets the defaults of the argument tables, subscribes to all roles at 3200 kbps, and may publish
//     audio, video and screen; any other keeps what it was sent with: it gets an empty publishParams and subscribeParams, priority
//     1 and maxPeerCount 0 where they are missing.
//   - Permissions are completed with the three that are on by default; one that was sent as false stays in answers.
//   - A role call replaces the parts that it has and leaves the others: modifying is what its page calls it.
//   - Role names may be any text but "". In a template the keys win over the names inside. A role call with another name makes
//     that role where the path's isn't there.
//   - Deleting a role takes it out of subscribeToRoles, plugins and roleLanguages, since what is read must be good to send back; what
//     acts as the role (transcription, recording) stays, and has to be mended by who deleted it. Renaming follows everywhere. The last
//     role can be deleted. Room codes keep the name they were made for.
//   - subscribeToRoles and plugins may name roles of the template only. Priorities are 1 to 5, not the older 1 to 10.
//   - videoAlwaysEnabled is taken in subscribeParams and in subscribeDegradation: its place is a guess. Simulcast layers are taken below
//     video and screen, as in the samples, and directly below simulcast, as in the table.
//
// Settings
//   - A missing region is auto. recording (null) and retry ({}) are always answered; retry is ignored in bodies.
//   - An upload needs type, location and credentials, not a prefix: rooms do without, and it is documented to default to the customer's id.
//   - Credentials are taken with secretKey or secret, and answered with secretKey but for the update of the settings. They come back
//     in clear from every call. azure is an upload type everywhere.
//   - roomState.enabled is a boolean, as in every sample, though its description speaks of roles.
//   - settings.enabled is taken like the settings.recording.enabled that it seems to mean, and changes nothing.
//
// Destinations
//   - A destination's key need not equal its name. RTMP URLs may be three. Their sizes are those of external streams.
//   - A side of a layer of a live stream that isn't said is taken to suit the other; layers that say nothing are passed over.
//     Equal layers may follow each other. Recorded layers must equal one of the stream's in what they say.
//   - A zipped recording with the vendor's storage is refused in the validation shape, by every call that would bring it about.
//   - translation.enabled needs the mode caption. summary.enabled may be called enable. A transcription's role need not be the recording's
//     when it is configured: the two are set by different calls.
//   - numPlaylistSegments is taken with any playlistType: a sample has it with event.
//   - The role of a live stream, which only answers have, is kept as it was sent.
//
// Recording configuration
//   - It is kept beside the template: no call but its own shows or changes it, and destinations.browserRecordings is another thing.
//   - Other than one element is refused; there is no way to none. Before the first it is [].
//   - Only what is false is dropped from answers, at any depth; what is zero stays. browserComposite being there means on; it is
//     answered without enabled, unless it was sent as true.
//   - A HIPAA workspace's templates are configured like others; what is locked off there fails when it is started.
//   - The sizes of recordings are not limited here: the documents limit those of external streams alone.

// Texts of our own.
const (
	textZipNeedsBucket = "destinations.hlsDestinations.%s.recording.enableZipUpload needs settings.recording.upload"
	textOneRecording   = "there must be exactly one recording configuration"
)

// Refusals of our own.
var (
	errOverwrite         = refuse(http.StatusBadRequest, "overwrite error")
	errOverwriteConflict = refuse(http.StatusConflict, "overwrite error")
	errNotAnArray        = refuse(http.StatusBadRequest, "request body must be a JSON array")
	errTooDeep           = refuse(http.StatusBadRequest, "request body is nested too deeply")
)

// Other readings about templates.
const (
	ReadingTemplateNamesFold          Reading = "template-names-any-case"
	ReadingUpdateEmptiesAll           Reading = "template-update-empties-all"
	ReadingOverwriteConflict          Reading = "template-overwrite-conflict"
	ReadingUpdateShowsTimes           Reading = "template-update-shows-times"
	ReadingTemplateSDKKeys            Reading = "template-sdk-keys"
	ReadingTemplateCustomerID         Reading = "template-customer-id"
	ReadingUnknownTemplateKeysDropped Reading = "template-unknown-keys-dropped"
	ReadingPluginsInDestinations      Reading = "template-plugins-in-destinations"
	ReadingRoleDefaultsSamples        Reading = "role-defaults-of-samples"
	ReadingRoleDefaultsLegacy         Reading = "role-defaults-of-older-api"
	ReadingRolePartsReset             Reading = "role-parts-reset"
	ReadingRolesStayReferenced        Reading = "role-stays-referenced"
	ReadingUploadPrefixRequired       Reading = "template-upload-prefix-required"
	ReadingSettingsSecretKey          Reading = "settings-secret-key"
	ReadingSettingsWithoutAzure       Reading = "settings-without-azure"
	ReadingFiveRTMPURLs               Reading = "template-five-rtmp-urls"
	ReadingRecordingsNull             Reading = "template-recordings-null"
	ReadingCompositeShowsEnabled      Reading = "template-recordings-show-enabled"
)

var templateReadings = []reading{
	{
		ReadingTemplateNamesFold, "template names differ by case", "template names are compared in any case", "Templates: create",
	},
	{
		ReadingUpdateEmptiesAll, "an update without roles or settings is refused",
		"an update without roles or settings empties them", "Templates: update",
	},
	{
		ReadingOverwriteConflict, "overwrite error is a 400", "overwrite error is a 409", "Templates: update",
	},
	{
		ReadingUpdateShowsTimes, "the answer to a template's update has zero times", "it has the template's times", "Templates: update",
	},
	{
		ReadingTemplateSDKKeys, "templates are answered without default and appId", "with both", "Templates: object",
	},
	{
		ReadingTemplateCustomerID, "templates are answered with customerId", "with customer_id", "Templates: object",
	},
	{
		ReadingUnknownTemplateKeysDropped, "unknown keys of a template are kept",
		"unknown keys of a template are dropped", "Templates: create",
	},
	{
		ReadingPluginsInDestinations, "plugins are answered at the top of a template",
		"plugins are answered inside destinations", "Templates: create",
	},
	{
		ReadingRoleDefaultsSamples, "empty roles get the defaults of the argument tables",
		"empty roles get the defaults of the samples from the dashboard", "Templates: create",
	},
	{
		ReadingRoleDefaultsLegacy, "empty roles get the defaults of the argument tables",
		"empty roles get those of the older API, without permissions and priority", "Legacy templates: create",
	},
	{
		ReadingRolePartsReset, "parts that a role's body leaves out stay, or are empty in a new role",
		"parts that a role's body leaves out get the defaults", "Templates: create or modify a role",
	},
	{
		ReadingRolesStayReferenced, "lists of roles follow a role that is deleted or renamed",
		"they keep its old name", "Templates: delete a role",
	},
	{
		ReadingUploadPrefixRequired, "an upload may lack its prefix", "an upload without a prefix is refused", "Templates: create",
	},
	{
		ReadingSettingsSecretKey, "the answer to an update of the settings calls the secret secret",
		"it calls it secretKey", "Templates: update settings",
	},
	{
		ReadingSettingsWithoutAzure, "an update of the settings takes azure", "it refuses azure", "Templates: update settings",
	},
	{
		ReadingFiveRTMPURLs, "an RTMP destination has at most 3 URLs", "it has at most 5", "Templates: create",
	},
	{
		ReadingRecordingsNull, "a template without a recording configuration answers []", "it answers null", "Templates: get recordings",
	},
	{
		ReadingCompositeShowsEnabled, "reading the recording configuration shows no enabled in browserComposite",
		"it shows enabled: true there", "Templates: get recordings",
	},
}
