#include "words.h"

#include <string.h>
#include <strings.h>

#include "facts/v1/client.pb-c.h"
#include "facts/v1/communication.pb-c.h"

static const char *const channels[CHANNELS + 1] = {
    [FACTS__V1__CHANNEL__CALL] = "call",
    [FACTS__V1__CHANNEL__EMAIL] = "email",
    [FACTS__V1__CHANNEL__SMS] = "sms",
    [FACTS__V1__CHANNEL__CHAT] = "chat",
    [FACTS__V1__CHANNEL__MEETING] = "meeting",
    [FACTS__V1__CHANNEL__WEB] = "web",
    [FACTS__V1__CHANNEL__SELF_SERVICE] = "self_service",
};

const char *channel_name(int64_t channel) {
    return channel > 0 && channel <= CHANNELS ? channels[channel] : NULL;
}

int channel_of(const char *name, size_t size) {
    for (int channel = 1; channel <= CHANNELS; channel++)
        if (strlen(channels[channel]) == size && strncasecmp(channels[channel], name, size) == 0)
            return channel;
    return 0;
}

const char *direction_name(int64_t direction) {
    switch ((Facts__V1__InteractionLogged__Direction)direction) {
    case FACTS__V1__INTERACTION_LOGGED__DIRECTION__INBOUND:
        return "inbound";
    case FACTS__V1__INTERACTION_LOGGED__DIRECTION__OUTBOUND:
        return "outbound";
    case FACTS__V1__INTERACTION_LOGGED__DIRECTION__DIRECTION_UNSPECIFIED:
    case _FACTS__V1__INTERACTION_LOGGED__DIRECTION_IS_INT_SIZE:
        break;
    }
    return NULL;
}

const char *sentiment_name(int64_t sentiment) {
    switch ((Facts__V1__FeedbackReceived__Sentiment)sentiment) {
    case FACTS__V1__FEEDBACK_RECEIVED__SENTIMENT__POSITIVE:
        return "positive";
    case FACTS__V1__FEEDBACK_RECEIVED__SENTIMENT__NEUTRAL:
        return "neutral";
    case FACTS__V1__FEEDBACK_RECEIVED__SENTIMENT__NEGATIVE:
        return "negative";
    case FACTS__V1__FEEDBACK_RECEIVED__SENTIMENT__SENTIMENT_UNSPECIFIED:
    case _FACTS__V1__FEEDBACK_RECEIVED__SENTIMENT_IS_INT_SIZE:
        break;
    }
    return NULL;
}

const char *met_name(int64_t met) {
    switch ((Facts__V1__TechnicalNeedRecorded__Met)met) {
    case FACTS__V1__TECHNICAL_NEED_RECORDED__MET__YES:
        return "yes";
    case FACTS__V1__TECHNICAL_NEED_RECORDED__MET__PARTLY:
        return "partly";
    case FACTS__V1__TECHNICAL_NEED_RECORDED__MET__NO:
        return "no";
    case FACTS__V1__TECHNICAL_NEED_RECORDED__MET__MET_UNSPECIFIED:
    case _FACTS__V1__TECHNICAL_NEED_RECORDED__MET_IS_INT_SIZE:
        break;
    }
    return NULL;
}
