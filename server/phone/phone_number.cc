/*
 * libphonenumber behind a C face. Whatever it throws ends here.
 */
#include "phone/phone_number.h"

#include <cstring>
#include <string>

#include <phonenumbers/phonenumber.pb.h>
#include <phonenumbers/phonenumberutil.h>

using i18n::phonenumbers::PhoneNumber;
using i18n::phonenumbers::PhoneNumberUtil;

namespace
{

/* What the library calls a region that isn't known. */
const char unknown_region[] = "ZZ";

/* Longer texts are no numbers; the library says 250, we need not ask. */
const size_t text_max = 250;

bool read(std::string *out, struct bytes text, const char *region)
{
	const PhoneNumberUtil *util = PhoneNumberUtil::GetInstance();
	const std::string written(reinterpret_cast<const char *>(text.at),
				  text.len);
	PhoneNumber number;

	if (util->Parse(written, *region ? region : unknown_region, &number) !=
	    PhoneNumberUtil::NO_PARSING_ERROR)
		return false;
	if (util->IsPossibleNumberWithReason(number) !=
	    PhoneNumberUtil::IS_POSSIBLE)
		return false;
	util->Format(number, PhoneNumberUtil::E164, out);
	return out->size() < PHONE_NUMBER_MAX;
}

} // namespace

bool phone_number_e164(char out[PHONE_NUMBER_MAX], struct bytes text,
		       const char *region)
{
	out[0] = '\0';
	if (text.len == 0 || text.len > text_max)
		return false;
	try {
		std::string e164;

		if (!read(&e164, text, region))
			return false;
		std::memcpy(out, e164.c_str(), e164.size() + 1);
		return true;
	} catch (...) {
		return false;
	}
}

bool phone_region_is_known(const char *region)
{
	try {
		const PhoneNumberUtil *util = PhoneNumberUtil::GetInstance();

		return util->GetCountryCodeForRegion(region) != 0;
	} catch (...) {
		return false;
	}
}
