// Types of what travels between server and player, as JSDoc. Nothing here runs, so the page is not given this file.
//
// `payload.py` makes a `Payload`; the tests check real ones against these lines, key by key. `Painted` goes the other
// way: `brush.js` makes it and `brush.py` reads it.

/** @typedef {[number, number]} Size height, width */
/** @typedef {[number, number, number, number]} Box top, left, height, width, in original pixels */
/** @typedef {[string, string, string]} Fact key, name, value */
/** @typedef {[string, Said, Said]} SaidFact */
/** @typedef {string | SaidText | (string | SaidText)[]} Said as it is, by its key, or several one after the other; see `texts.js` */
/** @typedef {string} Bits zlib in base64: eight bits a byte, the first in the highest place */
/** @typedef {string} Jpeg base64 */
/** @typedef {[string, number]} Ticket a visit and the number of one of its runs; what has an older one is not shown */

/**
 * @typedef {object} SaidText
 * @property {string} say its key
 * @property {unknown} [with] its values by their names
 * @property {string} [else] what is said where a language has no such key
 */

/**
 * A map of numbers in 0..1, see `encoding.py`.
 * @typedef {object} CodedMap
 * @property {number} top the highest level; a level has one byte, or two if this is above 255
 * @property {number} odds 0, or how many log-odds the levels reach on either side of one half
 * @property {string} data levels, packed
 * @property {string} [at] places whose numbers are sent exactly, packed
 * @property {string} [exact] those numbers, packed
 */

/**
 * A map of eps_hat, and where the means that the player would work out are not the trace's, these too.
 * @typedef {object} CodedDoubt
 * @property {number} top
 * @property {number} odds
 * @property {string} data
 * @property {string} [at]
 * @property {string} [exact]
 * @property {string} [mean] the trace's own means at those places, packed
 */

/**
 * The curves at a frame without a step.
 * @typedef {object} Numbers
 * @property {number} area percent of the image
 * @property {number} guess_area
 * @property {number | null} dice null without a reference
 * @property {number | null} guess_dice
 * @property {number} changed pixels of the image that are not as in the prior's mask
 */

/**
 * The curves at a step.
 * @typedef {object} StepNumbers
 * @property {number} area
 * @property {number} guess_area
 * @property {number} entropy
 * @property {number} expected flips
 * @property {number} alpha_bar
 * @property {number | null} dice
 * @property {number | null} guess_dice
 * @property {number} changed
 */

/**
 * @typedef {object} PriorFrame
 * @property {"prior"} kind
 * @property {Said} label
 * @property {Said} sentence
 * @property {SaidFact[]} facts
 * @property {Box} box where the maps lie
 * @property {Size} size of the maps
 * @property {number} on how many bits are turned on
 * @property {number} off
 * @property {Bits} before
 * @property {Bits} after
 * @property {CodedMap} guess probability of the clean mask
 * @property {Numbers} numbers
 */

/**
 * @typedef {object} StepFrame
 * @property {"step"} kind
 * @property {Said} label
 * @property {Said} sentence
 * @property {SaidFact[]} facts
 * @property {Box} box
 * @property {Size} size
 * @property {number} on
 * @property {number} off
 * @property {Bits} before y_t
 * @property {Bits} after y_s, or the answer after the last step
 * @property {number} t
 * @property {number} s
 * @property {number} alpha_bar at t
 * @property {number} alpha_bar_s at s
 * @property {CodedDoubt} eps
 * @property {StepNumbers} numbers
 */

/**
 * @typedef {object} AnswerFrame
 * @property {"answer"} kind
 * @property {Said} label
 * @property {Said} sentence
 * @property {SaidFact[]} facts
 * @property {Box} box
 * @property {Size} size
 * @property {number} on
 * @property {number} off
 * @property {Bits} before
 * @property {Bits} after
 * @property {CodedMap} guess
 * @property {Numbers} numbers
 */

/**
 * The chain's first bits y_T, before the denoiser has seen them; its probability is the chain's p.
 * @typedef {object} TossFrame
 * @property {"toss"} kind
 * @property {Said} label
 * @property {Said} sentence
 * @property {SaidFact[]} facts
 * @property {Box} box
 * @property {Size} size
 * @property {number} on nothing flips
 * @property {number} off
 * @property {Bits} before y_T
 * @property {Bits} after the same
 * @property {number} t
 * @property {Numbers} numbers
 */

/** @typedef {PriorFrame | TossFrame | StepFrame | AnswerFrame} Frame */

/**
 * What the equations need beside the frames.
 * @typedef {object} Chain
 * @property {Box} box
 * @property {Size} size
 * @property {CodedMap} p as the chain used it
 * @property {[number, number]} seed two words, the low one first
 * @property {number} sample which chain
 * @property {number} channel which class
 * @property {[number, number]} origin row and column of the first pixel in the field of noise
 * @property {string} sampler
 */

/**
 * The photograph of a part of the image.
 * @typedef {object} Closer
 * @property {Box} box
 * @property {Jpeg} picture
 */

/**
 * The closer look of a second lane; without a picture it is that of the first.
 * @typedef {object} SecondCloser
 * @property {Box} box
 * @property {Jpeg | null} picture
 */

/**
 * The answers of all chains.
 * @typedef {object} Samples
 * @property {Box} box
 * @property {Size} size
 * @property {Bits[]} masks
 * @property {number[]} areas percent of the image
 * @property {number[] | null} dice
 * @property {CodedMap} mean share of the chains that are on
 * @property {CodedMap} disagreement 0 where all agree, 1 where half of them differ
 * @property {number} representative which agrees most with the others
 */

/**
 * The second of two lanes.
 * @typedef {object} SecondLane
 * @property {string} run
 * @property {string} picture
 * @property {string} title
 * @property {Said} lead what is going on, a sentence
 * @property {Said} badge
 * @property {Said} note
 * @property {boolean} thin
 * @property {Size} size
 * @property {number} total
 * @property {null} whole the photograph is the first lane's
 * @property {null} reference so is this
 * @property {SecondCloser | null} closer
 * @property {Chain | null} chain
 * @property {Samples | null} samples
 * @property {Scores | null} scores of the answer; null before it and without a reference
 * @property {boolean} live
 * @property {Frame[]} frames
 */

/**
 * One mask against the reference, in pixels of the whole image.
 * @typedef {object} MaskScores
 * @property {number} dice
 * @property {number} iou
 * @property {number | null} hd95 null where a mask is empty
 * @property {number} missed
 * @property {number} false
 */

/**
 * @typedef {object} Scores
 * @property {MaskScores} prior
 * @property {MaskScores} refined
 */

/**
 * The reference mask of the whole image, on the photograph's grid.
 * @typedef {object} Reference
 * @property {Size} size
 * @property {Bits} bits
 */

/**
 * The denoiser's first binary convolution, for one of its channels, at one place of one step: nine places of every
 * channel that it sees.
 * @typedef {object} Neuron
 * @property {number} t of the step
 * @property {[number, number]} place row and column in the chain's grid
 * @property {number} channels
 * @property {Bits} plus where the sign is +1
 * @property {Bits} seen where there is a sign at all: not beyond the map's border
 * @property {Bits} weights where the weight is +1
 */

/** @typedef {"no" | "once" | "loop"} Play how a run is shown by itself once it is whole */

/**
 * The player's value.
 * @typedef {object} Payload
 * @property {string} run the frames' run
 * @property {string} picture a short name of the image's pixels
 * @property {Said} title the lane's name, "" where there is one lane
 * @property {Said} lead what is going on, a sentence
 * @property {Said} badge
 * @property {Said} note
 * @property {boolean} thin whether the outline is to be thin
 * @property {Size} size of the image
 * @property {number} total how many frames there will be
 * @property {Jpeg} whole the photograph
 * @property {Reference | null} reference
 * @property {Closer | null} closer
 * @property {Chain | null} chain null until the first step
 * @property {Samples | null} samples null but in the last value of several chains
 * @property {Scores | null} scores of the answer; null before it and without a reference
 * @property {boolean} live whether more frames come
 * @property {Frame[]} frames
 * @property {SecondLane} [second]
 * @property {Neuron | null} [neuron] of an example; null where the weights are no bits
 * @property {Play} [play] "no" if it is not said
 * @property {Ticket} [ticket] of the run, where another may come before it or after
 */

/**
 * In a payload's place: nothing more of a run comes, and what is shown stays.
 * @typedef {object} Over
 * @property {Ticket} ticket
 * @property {boolean} over
 */

/**
 * In a payload's place: nothing is to be shown.
 * @typedef {object} Emptied
 * @property {Ticket} ticket
 */

/**
 * The strokes of a hand, on the photograph as large as it was sent.
 * @typedef {object} Painted
 * @property {string | null} run
 * @property {string | null} picture
 * @property {Size} size of the strokes
 * @property {Bits} on
 * @property {Bits} off
 * @property {boolean} hold whether they hold in every step, or only change the prior
 */
