// Made of the schemas by `make schemas`; what was changed by hand would be lost.
// The events that partners may have, as a reader gets them: with what is optional filled in, and codes that came after
// this was made as "other".

/** 128 random bits, in lower-case hexadecimal. */
export type Id = string;
/** An instant of domain time as in RFC 3339, in UTC. */
export type Instant = string;
/** A day as in RFC 3339; it is over when it is over everywhere on Earth (UTC-12). */
export type Day = string;
/** A SHA-256, in lower-case hexadecimal. */
export type Sha256 = string;

/** What an edition asks of its participants; the defaults are those of the second edition of 2019. Each service keeps the copy that was in force when the thing began, so a later change moves nobody's goalposts. */
export interface CallOpenedRequirements {
  /** share of the required minutes to attend */
  readonly attendance_percent: number;
  /** the most of what somebody owes of the week that they may be excused from */
  readonly excused_percent: number;
  /** least length of a multiplier session */
  readonly multiplier_minutes: number;
  /** least number of other people reached */
  readonly multiplier_people: number;
  /** days from the last on-site day to the due day */
  readonly multiplier_days: number;
  /** whether several sessions may add up */
  readonly sessions_add_up: boolean;
  /** whether a multiplier session held by several participants counts for each of them */
  readonly held_together: boolean;
  /** days after the due day on which reports are taken */
  readonly reporting_days: number;
  /** days a returned report has for its correction */
  readonly correction_days: number;
  /** distances from the due day at which a reminder goes out */
  readonly reminder_days: readonly number[];
  /** days until an offer of a seat expires */
  readonly offer_days: number;
  /** whether ready certificates are issued at once */
  readonly issue_by_itself: boolean;
}

/** A call for applications was opened: from when to when, for how many seats, under which requirements. */
export interface CallOpened {
  /** 128 random bits, in lower-case hexadecimal */
  readonly call_id: Id;
  /** 128 random bits, in lower-case hexadecimal */
  readonly edition_id: Id;
  /** an instant of domain time, in UTC */
  readonly opens_at: Instant;
  /** an instant of domain time, in UTC */
  readonly closes_at: Instant;
  readonly seats: number;
  readonly travel_grants: number;
  /** What an edition asks of its participants; the defaults are those of the second edition of 2019. Each service keeps the copy that was in force when the thing began, so a later change moves nobody's goalposts. */
  readonly requirements: CallOpenedRequirements;
}

/** The call takes no more applications, except with a late-access code. */
export interface CallClosed {
  /** 128 random bits, in lower-case hexadecimal */
  readonly call_id: Id;
  /** 128 random bits, in lower-case hexadecimal */
  readonly edition_id: Id;
  /** an instant of domain time, in UTC */
  readonly closed_at: Instant;
  /** how many, to the nearest ten, and as it was told last unless it lies ten or more away; 0 while it is not told, because it, or what one could work out from it, may be fewer than ten people */
  readonly applications: number;
  readonly closed_by: "plan" | "hand" | "other";
}

/** The call stays open longer, or is open again after it had closed (``reopened``): until ``closes_at``. */
export interface CallExtended {
  /** 128 random bits, in lower-case hexadecimal */
  readonly call_id: Id;
  /** 128 random bits, in lower-case hexadecimal */
  readonly edition_id: Id;
  /** an instant of domain time, in UTC */
  readonly extended_at: Instant;
  /** an instant of domain time, in UTC */
  readonly closes_at: Instant;
  readonly reopened: boolean;
}

/** A previewed selection was applied: counts only. ``inputs_sha256`` is what it can be reproduced against. */
export interface SelectionApplied {
  /** 128 random bits, in lower-case hexadecimal */
  readonly selection_id: Id;
  /** 128 random bits, in lower-case hexadecimal */
  readonly call_id: Id;
  /** 128 random bits, in lower-case hexadecimal */
  readonly edition_id: Id;
  /** an instant of domain time, in UTC */
  readonly applied_at: Instant;
  readonly seats: number;
  /** how many, to the nearest ten, and as it was told last unless it lies ten or more away; 0 while it is not told, because it, or what one could work out from it, may be fewer than ten people */
  readonly considered: number;
  /** how many, to the nearest ten, and as it was told last unless it lies ten or more away; 0 while it is not told, because it, or what one could work out from it, may be fewer than ten people */
  readonly offered: number;
  /** how many, to the nearest ten, and as it was told last unless it lies ten or more away; 0 while it is not told, because it, or what one could work out from it, may be fewer than ten people */
  readonly waitlisted: number;
  /** how many, to the nearest ten, and as it was told last unless it lies ten or more away; 0 while it is not told, because it, or what one could work out from it, may be fewer than ten people */
  readonly turned_down: number;
  /** how many, to the nearest ten, and as it was told last unless it lies ten or more away; 0 while it is not told, because it, or what one could work out from it, may be fewer than ten people */
  readonly travel_grants: number;
  readonly status: "optimal" | "other";
  /** a SHA-256, in lower-case hexadecimal */
  readonly inputs_sha256: Sha256;
}

/** A version of the programme was published, with the ids of the sessions that changed. */
export interface ProgrammePublished {
  /** 128 random bits, in lower-case hexadecimal */
  readonly programme_id: Id;
  /** 128 random bits, in lower-case hexadecimal */
  readonly edition_id: Id;
  readonly programme_version: number;
  /** an instant of domain time, in UTC */
  readonly published_at: Instant;
  /** a day; it is over when it is over everywhere on Earth (UTC-12) */
  readonly first_on: Day;
  /** a day; it is over when it is over everywhere on Earth (UTC-12) */
  readonly last_on: Day;
  readonly sessions: number;
  /** minutes */
  readonly required_minutes: number;
  readonly added_session_ids: readonly Id[];
  readonly changed_session_ids: readonly Id[];
  readonly removed_session_ids: readonly Id[];
}

/** The on-site week was closed: how many completed it. */
export interface OnsiteWeekEnded {
  /** 128 random bits, in lower-case hexadecimal */
  readonly programme_id: Id;
  /** 128 random bits, in lower-case hexadecimal */
  readonly edition_id: Id;
  /** an instant of domain time, in UTC */
  readonly ended_at: Instant;
  /** a day; it is over when it is over everywhere on Earth (UTC-12) */
  readonly last_on: Day;
  /** how many, to the nearest ten, and as it was told last unless it lies ten or more away; 0 while it is not told, because it, or what one could work out from it, may be fewer than ten people */
  readonly participants: number;
  /** how many, to the nearest ten, and as it was told last unless it lies ten or more away; 0 while it is not told, because it, or what one could work out from it, may be fewer than ten people */
  readonly completed: number;
  /** how many, to the nearest ten, and as it was told last unless it lies ten or more away; 0 while it is not told, because it, or what one could work out from it, may be fewer than ten people */
  readonly not_completed: number;
}

/** How far an edition's multiplier effect reaches, on days on which there is something new to tell. */
export interface MultiplierReachCounted {
  /** 128 random bits, in lower-case hexadecimal */
  readonly edition_id: Id;
  /** a day; it is over when it is over everywhere on Earth (UTC-12) */
  readonly counted_on: Day;
  /** how many, to the nearest ten, and as it was told last unless it lies ten or more away; 0 while it is not told, because it, or what one could work out from it, may be fewer than ten people */
  readonly commitments: number;
  /** how many, to the nearest ten, and as it was told last unless it lies ten or more away; 0 while it is not told, because it, or what one could work out from it, may be fewer than ten people */
  readonly fulfilled: number;
  /** how many, to the nearest ten, and as it was told last unless it lies ten or more away; 0 while it is not told, because it, or what one could work out from it, may be fewer than ten people */
  readonly sessions_verified: number;
  /** how many, to the nearest ten, and as it was told last unless it lies ten or more away; 0 while it is not told, because it, or what one could work out from it, may be fewer than ten people */
  readonly people_reached: number;
}

/** How many certificates an edition has, on days on which there is something new to tell. */
export interface CertificatesCounted {
  /** 128 random bits, in lower-case hexadecimal */
  readonly edition_id: Id;
  /** a day; it is over when it is over everywhere on Earth (UTC-12) */
  readonly counted_on: Day;
  /** how many, to the nearest ten, and as it was told last unless it lies ten or more away; 0 while it is not told, because it, or what one could work out from it, may be fewer than ten people */
  readonly ready: number;
  /** how many, to the nearest ten, and as it was told last unless it lies ten or more away; 0 while it is not told, because it, or what one could work out from it, may be fewer than ten people */
  readonly issued: number;
  /** how many, to the nearest ten, and as it was told last unless it lies ten or more away; 0 while it is not told, because it, or what one could work out from it, may be fewer than ten people */
  readonly revoked: number;
  /** how many, to the nearest ten, and as it was told last unless it lies ten or more away; 0 while it is not told, because it, or what one could work out from it, may be fewer than ten people */
  readonly superseded: number;
}

/** Each event by its `ce-type`. */
export interface EventsByType {
  "relevo.intake.CallOpened.v1": CallOpened;
  "relevo.intake.CallClosed.v1": CallClosed;
  "relevo.intake.CallExtended.v1": CallExtended;
  "relevo.intake.SelectionApplied.v1": SelectionApplied;
  "relevo.scheduling.ProgrammePublished.v1": ProgrammePublished;
  "relevo.scheduling.OnsiteWeekEnded.v1": OnsiteWeekEnded;
  "relevo.multiplier_tracking.MultiplierReachCounted.v1": MultiplierReachCounted;
  "relevo.certification.CertificatesCounted.v1": CertificatesCounted;
}

/** How each travels, and what its body has to be. */
export const contracts = {
  "relevo.intake.CallOpened.v1": {
    "source": "/relevo/intake",
    "subject": "events.intake.call.opened.v1",
    "stream": "EVENTS_INTAKE",
    "aggregate": "call",
    "key": "call_id",
    "schema": {
      "properties": {
        "call_id": {
          "pattern": "^[0-9a-f]{32}$",
          "type": "string"
        },
        "edition_id": {
          "pattern": "^[0-9a-f]{32}$",
          "type": "string"
        },
        "opens_at": {
          "format": "date-time",
          "type": "string"
        },
        "closes_at": {
          "format": "date-time",
          "type": "string"
        },
        "seats": {
          "maximum": 1000000000,
          "minimum": 0,
          "type": "integer"
        },
        "travel_grants": {
          "maximum": 1000000000,
          "minimum": 0,
          "type": "integer"
        },
        "requirements": {
          "properties": {
            "attendance_percent": {
              "default": 80,
              "maximum": 100,
              "minimum": 0,
              "type": "integer"
            },
            "excused_percent": {
              "default": 50,
              "maximum": 100,
              "minimum": 0,
              "type": "integer"
            },
            "multiplier_minutes": {
              "default": 240,
              "maximum": 1000000,
              "minimum": 0,
              "type": "integer"
            },
            "multiplier_people": {
              "default": 10,
              "maximum": 1000000000,
              "minimum": 0,
              "type": "integer"
            },
            "multiplier_days": {
              "default": 60,
              "maximum": 3650,
              "minimum": 0,
              "type": "integer"
            },
            "sessions_add_up": {
              "default": false,
              "type": "boolean"
            },
            "held_together": {
              "default": false,
              "type": "boolean"
            },
            "reporting_days": {
              "default": 14,
              "maximum": 3650,
              "minimum": 0,
              "type": "integer"
            },
            "correction_days": {
              "default": 14,
              "maximum": 3650,
              "minimum": 0,
              "type": "integer"
            },
            "reminder_days": {
              "default": [
                30,
                14,
                7,
                1
              ],
              "items": {
                "maximum": 3650,
                "minimum": 0,
                "type": "integer"
              },
              "type": "array"
            },
            "offer_days": {
              "default": 7,
              "maximum": 3650,
              "minimum": 0,
              "type": "integer"
            },
            "issue_by_itself": {
              "default": false,
              "type": "boolean"
            }
          },
          "type": "object"
        }
      },
      "required": [
        "call_id",
        "edition_id",
        "opens_at",
        "closes_at",
        "seats",
        "travel_grants",
        "requirements"
      ],
      "type": "object"
    }
  },
  "relevo.intake.CallClosed.v1": {
    "source": "/relevo/intake",
    "subject": "events.intake.call.closed.v1",
    "stream": "EVENTS_INTAKE",
    "aggregate": "call",
    "key": "call_id",
    "schema": {
      "properties": {
        "call_id": {
          "pattern": "^[0-9a-f]{32}$",
          "type": "string"
        },
        "edition_id": {
          "pattern": "^[0-9a-f]{32}$",
          "type": "string"
        },
        "closed_at": {
          "format": "date-time",
          "type": "string"
        },
        "applications": {
          "maximum": 1000000000,
          "minimum": 0,
          "type": "integer"
        },
        "closed_by": {
          "type": "string",
          "pattern": "^[a-z][a-z0-9_]{0,63}$",
          "x-codes": [
            "plan",
            "hand",
            "other"
          ]
        }
      },
      "required": [
        "call_id",
        "edition_id",
        "closed_at",
        "applications",
        "closed_by"
      ],
      "type": "object"
    }
  },
  "relevo.intake.CallExtended.v1": {
    "source": "/relevo/intake",
    "subject": "events.intake.call.extended.v1",
    "stream": "EVENTS_INTAKE",
    "aggregate": "call",
    "key": "call_id",
    "schema": {
      "properties": {
        "call_id": {
          "pattern": "^[0-9a-f]{32}$",
          "type": "string"
        },
        "edition_id": {
          "pattern": "^[0-9a-f]{32}$",
          "type": "string"
        },
        "extended_at": {
          "format": "date-time",
          "type": "string"
        },
        "closes_at": {
          "format": "date-time",
          "type": "string"
        },
        "reopened": {
          "default": false,
          "type": "boolean"
        }
      },
      "required": [
        "call_id",
        "edition_id",
        "extended_at",
        "closes_at"
      ],
      "type": "object"
    }
  },
  "relevo.intake.SelectionApplied.v1": {
    "source": "/relevo/intake",
    "subject": "events.intake.seating.selection_applied.v1",
    "stream": "EVENTS_INTAKE",
    "aggregate": "seating",
    "key": "call_id",
    "schema": {
      "properties": {
        "selection_id": {
          "pattern": "^[0-9a-f]{32}$",
          "type": "string"
        },
        "call_id": {
          "pattern": "^[0-9a-f]{32}$",
          "type": "string"
        },
        "edition_id": {
          "pattern": "^[0-9a-f]{32}$",
          "type": "string"
        },
        "applied_at": {
          "format": "date-time",
          "type": "string"
        },
        "seats": {
          "maximum": 1000000000,
          "minimum": 0,
          "type": "integer"
        },
        "considered": {
          "maximum": 1000000000,
          "minimum": 0,
          "type": "integer"
        },
        "offered": {
          "maximum": 1000000000,
          "minimum": 0,
          "type": "integer"
        },
        "waitlisted": {
          "maximum": 1000000000,
          "minimum": 0,
          "type": "integer"
        },
        "turned_down": {
          "maximum": 1000000000,
          "minimum": 0,
          "type": "integer"
        },
        "travel_grants": {
          "maximum": 1000000000,
          "minimum": 0,
          "type": "integer"
        },
        "status": {
          "type": "string",
          "pattern": "^[a-z][a-z0-9_]{0,63}$",
          "x-codes": [
            "optimal",
            "other"
          ]
        },
        "inputs_sha256": {
          "pattern": "^[0-9a-f]{64}$",
          "type": "string"
        }
      },
      "required": [
        "selection_id",
        "call_id",
        "edition_id",
        "applied_at",
        "seats",
        "considered",
        "offered",
        "waitlisted",
        "turned_down",
        "travel_grants",
        "status",
        "inputs_sha256"
      ],
      "type": "object"
    }
  },
  "relevo.scheduling.ProgrammePublished.v1": {
    "source": "/relevo/scheduling",
    "subject": "events.scheduling.programme.published.v1",
    "stream": "EVENTS_SCHEDULING",
    "aggregate": "programme",
    "key": "programme_id",
    "schema": {
      "properties": {
        "programme_id": {
          "pattern": "^[0-9a-f]{32}$",
          "type": "string"
        },
        "edition_id": {
          "pattern": "^[0-9a-f]{32}$",
          "type": "string"
        },
        "programme_version": {
          "maximum": 1000000000,
          "minimum": 0,
          "type": "integer"
        },
        "published_at": {
          "format": "date-time",
          "type": "string"
        },
        "first_on": {
          "format": "date",
          "type": "string"
        },
        "last_on": {
          "format": "date",
          "type": "string"
        },
        "sessions": {
          "maximum": 1000000000,
          "minimum": 0,
          "type": "integer"
        },
        "required_minutes": {
          "maximum": 1000000,
          "minimum": 0,
          "type": "integer"
        },
        "added_session_ids": {
          "default": [],
          "items": {
            "pattern": "^[0-9a-f]{32}$",
            "type": "string"
          },
          "type": "array"
        },
        "changed_session_ids": {
          "default": [],
          "items": {
            "pattern": "^[0-9a-f]{32}$",
            "type": "string"
          },
          "type": "array"
        },
        "removed_session_ids": {
          "default": [],
          "items": {
            "pattern": "^[0-9a-f]{32}$",
            "type": "string"
          },
          "type": "array"
        }
      },
      "required": [
        "programme_id",
        "edition_id",
        "programme_version",
        "published_at",
        "first_on",
        "last_on",
        "sessions",
        "required_minutes"
      ],
      "type": "object"
    }
  },
  "relevo.scheduling.OnsiteWeekEnded.v1": {
    "source": "/relevo/scheduling",
    "subject": "events.scheduling.programme.week_ended.v1",
    "stream": "EVENTS_SCHEDULING",
    "aggregate": "programme",
    "key": "programme_id",
    "schema": {
      "properties": {
        "programme_id": {
          "pattern": "^[0-9a-f]{32}$",
          "type": "string"
        },
        "edition_id": {
          "pattern": "^[0-9a-f]{32}$",
          "type": "string"
        },
        "ended_at": {
          "format": "date-time",
          "type": "string"
        },
        "last_on": {
          "format": "date",
          "type": "string"
        },
        "participants": {
          "maximum": 1000000000,
          "minimum": 0,
          "type": "integer"
        },
        "completed": {
          "maximum": 1000000000,
          "minimum": 0,
          "type": "integer"
        },
        "not_completed": {
          "maximum": 1000000000,
          "minimum": 0,
          "type": "integer"
        }
      },
      "required": [
        "programme_id",
        "edition_id",
        "ended_at",
        "last_on",
        "participants",
        "completed",
        "not_completed"
      ],
      "type": "object"
    }
  },
  "relevo.multiplier_tracking.MultiplierReachCounted.v1": {
    "source": "/relevo/multiplier_tracking",
    "subject": "events.multiplier_tracking.reach.counted.v1",
    "stream": "EVENTS_MULTIPLIER_TRACKING",
    "aggregate": "reach",
    "key": "edition_id",
    "schema": {
      "properties": {
        "edition_id": {
          "pattern": "^[0-9a-f]{32}$",
          "type": "string"
        },
        "counted_on": {
          "format": "date",
          "type": "string"
        },
        "commitments": {
          "maximum": 1000000000,
          "minimum": 0,
          "type": "integer"
        },
        "fulfilled": {
          "maximum": 1000000000,
          "minimum": 0,
          "type": "integer"
        },
        "sessions_verified": {
          "maximum": 1000000000,
          "minimum": 0,
          "type": "integer"
        },
        "people_reached": {
          "maximum": 1000000000,
          "minimum": 0,
          "type": "integer"
        }
      },
      "required": [
        "edition_id",
        "counted_on",
        "commitments",
        "fulfilled",
        "sessions_verified",
        "people_reached"
      ],
      "type": "object"
    }
  },
  "relevo.certification.CertificatesCounted.v1": {
    "source": "/relevo/certification",
    "subject": "events.certification.count.counted.v1",
    "stream": "EVENTS_CERTIFICATION",
    "aggregate": "count",
    "key": "edition_id",
    "schema": {
      "properties": {
        "edition_id": {
          "pattern": "^[0-9a-f]{32}$",
          "type": "string"
        },
        "counted_on": {
          "format": "date",
          "type": "string"
        },
        "ready": {
          "maximum": 1000000000,
          "minimum": 0,
          "type": "integer"
        },
        "issued": {
          "maximum": 1000000000,
          "minimum": 0,
          "type": "integer"
        },
        "revoked": {
          "maximum": 1000000000,
          "minimum": 0,
          "type": "integer"
        },
        "superseded": {
          "maximum": 1000000000,
          "minimum": 0,
          "type": "integer"
        }
      },
      "required": [
        "edition_id",
        "counted_on",
        "ready",
        "issued",
        "revoked",
        "superseded"
      ],
      "type": "object"
    }
  }
} as const;
